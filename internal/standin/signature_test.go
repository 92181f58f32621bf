package standin

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// A verifier that computes something of its own would accept a client that the real service turns away.
func TestTheFixedVectorIsSignedAsTwoOthersSignIt(t *testing.T) {
	params := url.Values{
		"AccessKeyId": {"testid"}, "Action": {"RotateSecret"}, "Format": {"JSON"}, "RegionId": {"cn-hangzhou"},
		"SecretName": {"a b/~*+"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureNonce": {"0123456789abcdef0123456789abcdef"},
		"SignatureType": {""}, "SignatureVersion": {"1.0"}, "Timestamp": {"2026-01-02T03:04:05Z"},
		"Version": {"2016-01-20"}, "VersionId": {"v1"}, "Signature": {"is not part of what is signed"},
	}
	want := "POST&%2F&AccessKeyId%3Dtestid%26Action%3DRotateSecret%26Format%3DJSON%26RegionId%3Dcn-hangzhou%26SecretName%3Da%2520b%252F~%252A%252B%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D0123456789abcdef0123456789abcdef%26SignatureType%3D%26SignatureVersion%3D1.0%26Timestamp%3D2026-01-02T03%253A04%253A05Z%26Version%3D2016-01-20%26VersionId%3Dv1"
	if got := stringToSign("post", params); got != want {
		t.Errorf("string to sign\n got %s\nwant %s", got, want)
	}
	if got, want := Sign("POST", params, "testsecret"), "kFNHLn9lzdtLYR505eCev8K6oLc="; got != want {
		t.Errorf("signature %s, want %s: real clients would be turned away", got, want)
	}
}

// A client that is tested against a stand-in which takes a wrong request fails in production.
func TestOnlyAnAuthenticRequestIsTaken(t *testing.T) {
	signed := func(change func(url.Values)) func(*client, url.Values) {
		return func(c *client, p url.Values) { change(p); c.sign(p) }
	}
	tests := []struct {
		name   string
		change func(*client, url.Values)
		status int
		code   string
	}{
		{"as the SDK sends it", func(*client, url.Values) {}, 200, ""},
		{"a parameter is changed", func(_ *client, p url.Values) { p.Set("VersionId", "v9") }, 400, "SignatureDoesNotMatch"},
		{"a parameter is added", func(_ *client, p url.Values) { p.Set("More", "1") }, 400, "SignatureDoesNotMatch"},
		{"a parameter is dropped", func(_ *client, p url.Values) { p.Del("SignatureType") }, 400, "SignatureDoesNotMatch"},
		{"the nonce is changed", func(_ *client, p url.Values) { p.Set("SignatureNonce", "x") }, 400, "SignatureDoesNotMatch"},
		{"it is not signed", func(_ *client, p url.Values) { p.Del("Signature") }, 400, "IncompleteSignature"},
		{"it is signed for GET", func(_ *client, p url.Values) {
			p.Set("Signature", Sign("GET", p, DefaultCredentials.AccessKeySecret))
		}, 400, "SignatureDoesNotMatch"},
		{"another method signs it", signed(func(p url.Values) { p.Set("SignatureMethod", "HMAC-SHA256") }), 400, "IncompleteSignature"},
		{"another version signs it", signed(func(p url.Values) { p.Set("SignatureVersion", "2.0") }), 400, "IncompleteSignature"},
		{"a parameter comes twice", func(_ *client, p url.Values) { p.Add("SecretName", "other") }, 400, "ParseRequestParameterException"},
		{"no key is named", signed(func(p url.Values) { p.Del("AccessKeyId") }), 400, "MissingParameter"},
		{"the key is unknown", signed(func(p url.Values) { p.Set("AccessKeyId", "other") }), 404, "InvalidAccessKeyId.NotFound"},
		{"the token is missing", signed(func(p url.Values) { p.Del("SecurityToken") }), 400, "MissingSecurityToken"},
		{"the token is another's", signed(func(p url.Values) { p.Set("SecurityToken", "other") }), 400, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"it is just young enough", signed(func(p url.Values) { p.Set("Timestamp", kmsTime(start.Add(-maxSkew+time.Second))) }), 200, ""},
		{"it is too old", signed(func(p url.Values) { p.Set("Timestamp", kmsTime(start.Add(-maxSkew-time.Second))) }), 400, "InvalidTimeStamp.Expired"},
		{"it comes from the future", signed(func(p url.Values) { p.Set("Timestamp", kmsTime(start.Add(maxSkew+2*time.Second))) }), 400, "InvalidTimeStamp.Expired"},
		{"its time cannot be read", signed(func(p url.Values) { p.Set("Timestamp", "now") }), 400, "IllegalTimestamp"},
		{"it has no nonce", signed(func(p url.Values) { p.Del("SignatureNonce") }), 400, "MissingParameter"},
		{"it was here before", func(c *client, p url.Values) { c.send(c.request("/?"+p.Encode(), "")) }, 400, "SignatureNonceUsed"},
		{"another API version", signed(func(p url.Values) { p.Set("Version", "2015-01-01") }), 400, "InvalidApiVersion"},
		{"JSON is wanted in lower case", signed(func(p url.Values) { p.Set("Format", "json") }), 200, ""},
		{"XML is wanted", signed(func(p url.Values) { p.Set("Format", "XML") }), 400, "InvalidParameter"},
		{"it is for another region", signed(func(p url.Values) { p.Set("RegionId", "cn-beijing") }), 400, "InvalidParameter"},
		{"no such action", signed(func(p url.Values) { p.Set("Action", "GetSecretValue") }), 400, "InvalidApiName"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// KMS's own clock is hours off, which must not matter to the age of a signature.
			_, c, _ := serveKMS(t, Options{ClockSkew: 3 * time.Hour})
			p := c.params("DescribeSecret", "SecretName", secretName)
			tt.change(c, p)
			got := c.send(c.request("/?"+p.Encode(), ""))
			if got.status != tt.status || got.code() != tt.code {
				t.Errorf("answered %d %s, want %d %q", got.status, got.text, tt.status, tt.code)
			}
		})
	}
}

// The signature covers the form as well as the query, and the path and the way here are part of the protocol.
func TestARequestArrivesByOneWayOnly(t *testing.T) {
	tests := []struct {
		name string
		send func(*client, url.Values) *http.Request
		want int
	}{
		{"all in the query", func(c *client, p url.Values) *http.Request { return c.request("/?"+p.Encode(), "") }, 200},
		{"all in the form", func(c *client, p url.Values) *http.Request { return c.request("/", p.Encode()) }, 200},
		{"once in the query and once in the form", func(c *client, p url.Values) *http.Request {
			return c.request("/?"+p.Encode(), "VersionId=v2")
		}, 400},
		{"on another path", func(c *client, p url.Values) *http.Request { return c.request("/x?"+p.Encode(), "") }, 400},
		{"after a redirect", func(c *client, p url.Values) *http.Request {
			r := c.request("/?"+p.Encode(), "")
			r.Header.Set("Referer", "http://elsewhere.invalid/")
			return r
		}, 400},
		{"by PUT", func(c *client, p url.Values) *http.Request {
			r := c.request("/?"+p.Encode(), "")
			r.Method = http.MethodPut
			return r
		}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			got := c.send(tt.send(c, c.params("RotateSecret", "SecretName", secretName, "VersionId", "v2")))
			if got.status != tt.want {
				t.Errorf("answered %d %s, want %d", got.status, got.text, tt.want)
			}
			if rotated := len(k.Rotations(secretName)) == 1; rotated != (tt.want == 200) {
				t.Errorf("rotated: %v, although the answer was %d", rotated, got.status)
			}
		})
	}
}

// The real service repeats what it expected, token included; a client's leak tests are worth nothing without that.
func TestASignatureErrorRepeatsTheTokenAsTheRealOneDoes(t *testing.T) {
	_, c, _ := serveKMS(t, Options{})
	p := c.params("DescribeSecret", "SecretName", secretName)
	p.Set("Signature", "AAAA")
	if got := c.send(c.request("/?"+p.Encode(), "")); !strings.Contains(got.text, DefaultCredentials.SecurityToken) {
		t.Errorf("answered %s, want the token in it", got.text)
	}
}

// Calls and options that a test prints end in build logs.
func TestCredentialsAreNotPrinted(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	c.rotate("v2")
	printed := fmt.Sprintf("%v %+v %#v %s", k.Calls(), DefaultCredentials, DefaultCredentials, DefaultCredentials.LogValue())
	for _, canary := range []string{DefaultCredentials.AccessKeyID, DefaultCredentials.AccessKeySecret, DefaultCredentials.SecurityToken} {
		if strings.Contains(printed, canary) {
			t.Errorf("%q is printed in %s", canary, printed)
		}
	}
}

// Without this a simulation of months would hold every nonce it ever saw.
func TestOldNoncesAreForgotten(t *testing.T) {
	n := nonces{seen: map[string]time.Time{}}
	n.take("old", start)
	if n.take("old", start.Add(2*maxSkew)) {
		t.Error("a nonce passed twice while its timestamp was still good")
	}
	n.take("new", start.Add(5*maxSkew))
	if len(n.seen) != 1 {
		t.Errorf("%d nonces are kept, want 1", len(n.seen))
	}
}

// A clock that is off is found by doctor: the refusal and the header have to be those of a gateway with another time.
func TestAGatewayWithAnotherTimeRefusesAndShowsIt(t *testing.T) {
	for skew, want := range map[time.Duration]int{0: 200, 14 * time.Minute: 200, 16 * time.Minute: 400, -16 * time.Minute: 400} {
		t.Run(skew.String(), func(t *testing.T) {
			_, c, _ := serveKMS(t, Options{GatewaySkew: skew})
			response, err := c.http.Do(c.request("/?"+c.params("DescribeSecret", "SecretName", secretName).Encode(), ""))
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			date, err := http.ParseTime(response.Header.Get("Date"))
			if response.StatusCode != want || err != nil || skew != 0 && date.Sub(start.Add(skew)).Abs() > time.Second {
				t.Errorf("answered %d at %v, %v, want %d at %v", response.StatusCode, date, err, want, start.Add(skew))
			}
		})
	}
}

// A verifier of the newer signature that skips a part would take what the real service refuses.
func TestOnlyAnAuthenticHeaderSignatureIsTaken(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name   string
		before func(*http.Request) // changes what is signed
		after  func(*http.Request)
		code   string
	}{
		{"as the vendor's client sends it", nil, nil, ""},
		{"with its parameters in a form", func(r *http.Request) {
			r.Body, r.URL.RawQuery = io.NopCloser(strings.NewReader(r.URL.RawQuery)), ""
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}, nil, ""},
		{"a parameter is changed", nil, func(r *http.Request) { r.URL.RawQuery = "SecretName=other" }, "SignatureDoesNotMatch"},
		{"the method is changed", nil, func(r *http.Request) { r.Method = http.MethodGet }, "SignatureDoesNotMatch"},
		{"the action is changed", nil, set("X-Acs-Action", "ListSecretVersionIds"), "SignatureDoesNotMatch"},
		{"the nonce is changed", nil, set("X-Acs-Signature-Nonce", "other"), "SignatureDoesNotMatch"},
		{"the body is not the hashed one", nil, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("VersionId=v9"))
		}, "IncompleteSignature"},
		{"a header of the protocol is not signed", nil, set("X-Acs-More", "1"), "IncompleteSignature"},
		{"it is no signature", nil, set("Authorization", "Bearer x"), "MissingParameter"},
		{"the signature is empty", nil, func(r *http.Request) {
			head, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", head+"Signature=")
		}, "IncompleteSignature"},
		{"the token is another's", set("X-Acs-Security-Token", "other"), nil, "InvalidSecurityToken.MismatchWithAccessKey"},
		{"it is too old", set("X-Acs-Date", kmsTime(start.Add(-maxSkew-time.Second))), nil, "InvalidTimeStamp.Expired"},
		{"its time cannot be read", set("X-Acs-Date", "now"), nil, "IllegalTimestamp"},
		{"it has no nonce", set("X-Acs-Signature-Nonce", ""), nil, "MissingParameter"},
		{"another API version", set("X-Acs-Version", "2015-01-01"), nil, "InvalidApiVersion"},
		{"the action comes as a parameter too", func(r *http.Request) { r.URL.RawQuery += "&Action=DescribeSecret" }, nil, "ParseRequestParameterException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			r := c.request("/?"+url.Values{"SecretName": {secretName}}.Encode(), "")
			r.Header.Del("Content-Type")
			for name, value := range map[string]string{
				"Action": "DescribeSecret", "Version": "2016-01-20", "Date": kmsTime(start), "Signature-Nonce": "n",
				"Security-Token": DefaultCredentials.SecurityToken,
			} {
				r.Header.Set("X-Acs-"+name, value)
			}
			if tt.before != nil {
				tt.before(r)
			}
			signHeaders(t, r)
			if tt.after != nil {
				tt.after(r)
			}
			r.ContentLength = -1
			got := c.send(r)
			if got.code() != tt.code {
				t.Errorf("answered %d %s, want code %q", got.status, got.text, tt.code)
			}
			if call := k.Calls()[0]; call.Acted != (tt.code == "") || call.Acted && (call.Action != "DescribeSecret" || call.Secret != secretName) {
				t.Errorf("recorded %+v, want the call as if it were signed in its parameters", call)
			}
		})
	}
}

// signHeaders signs with the stand-in's own arithmetic; the vendor's client signs in the module vendortest.
func signHeaders(t *testing.T, r *http.Request) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Set("X-Acs-Content-Sha256", hexHash(body))
	names := []string{"host"}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Acs-") {
			names = append(names, strings.ToLower(name))
		}
	}
	slices.Sort(names)
	unsigned := headerAlgorithm + " Credential=" + DefaultCredentials.AccessKeyID + ",SignedHeaders=" + strings.Join(names, ";") + ",Signature="
	signature := headerSignature(r, body, url.Values{}, unsigned).sign(DefaultCredentials.AccessKeySecret)
	r.Header.Set("Authorization", unsigned+signature)
}
