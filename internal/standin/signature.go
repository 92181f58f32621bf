package standin

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// maxSkew is how far a Timestamp may be off, either way.
	maxSkew = 15 * time.Minute
	// timestampLayout is the form of Timestamp and x-acs-date, in UTC.
	timestampLayout = "2006-01-02T15:04:05Z"
	// headerAlgorithm begins the header Authorization of the vendor's current SDKs.
	headerAlgorithm = "ACS3-HMAC-SHA256"
)

var errIncompleteSignature = &refusal{http.StatusBadRequest, "IncompleteSignature", "The request signature does not conform to standards."}

// signature is what a request claims about its caller, in whichever of the two ways it is signed.
type signature struct {
	keyID, token     string
	timestamp, nonce string
	signed           string                     // the text that was signed
	given            string                     // its signature by the caller
	sign             func(secret string) string // the signature of that text by this key
	incomplete       bool                       // it is not signed as it has to be
}

// signatureOf reads the signature from the header Authorization where there is one, else from the parameters. With the
// header, action and version are headers too; they are added to the parameters.
func signatureOf(r *http.Request, body []byte, p url.Values) signature {
	if authorization := r.Header.Get("Authorization"); authorization != "" {
		return headerSignature(r, body, p, authorization)
	}
	return signature{
		keyID: p.Get("AccessKeyId"), token: p.Get("SecurityToken"),
		timestamp: p.Get("Timestamp"), nonce: p.Get("SignatureNonce"),
		signed: stringToSign(r.Method, p), given: p.Get("Signature"),
		sign:       func(secret string) string { return Sign(r.Method, p, secret) },
		incomplete: p.Get("SignatureMethod") != "HMAC-SHA1" || p.Get("SignatureVersion") != "1.0" || p.Get("Signature") == "",
	}
}

// Sign returns the Signature of an RPC request of version 1.0: Base64 of HMAC-SHA1 over method and all parameters.
func Sign(method string, params url.Values, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(stringToSign(method, params)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func stringToSign(method string, params url.Values) string {
	return strings.ToUpper(method) + "&%2F&" + percentEncode(canonicalQuery(without(params, "Signature")))
}

func canonicalQuery(params url.Values) string {
	var pairs []string
	for _, key := range sortedKeys(params) {
		pairs = append(pairs, percentEncode(key)+"="+percentEncode(params.Get(key)))
	}
	return strings.Join(pairs, "&")
}

// percentEncode differs from a query's encoding in the blank only.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

var authorizationForm = regexp.MustCompile(`^` + headerAlgorithm + ` Credential=([^,]*),SignedHeaders=([^,]*),Signature=([0-9a-f]*)$`)

// headerSignature reads a signature of version 3: hexadecimal HMAC-SHA256 over the hash of method, path, query, the signed
// headers and the hash of the body (help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature).
func headerSignature(r *http.Request, body []byte, p url.Values, authorization string) signature {
	p.Add("Action", r.Header.Get("X-Acs-Action"))
	p.Add("Version", r.Header.Get("X-Acs-Version"))
	s := signature{
		token: r.Header.Get("X-Acs-Security-Token"), timestamp: r.Header.Get("X-Acs-Date"),
		nonce: r.Header.Get("X-Acs-Signature-Nonce"),
	}
	parts := authorizationForm.FindStringSubmatch(authorization)
	if parts == nil {
		s.incomplete = true
		return s
	}
	s.keyID, s.given = parts[1], parts[3]
	hash := hexHash(body)
	headers := strings.Split(parts[2], ";")
	s.incomplete = s.given == "" || !equal(hash, r.Header.Get("X-Acs-Content-Sha256")) || !signsAll(r.Header, headers)
	canonical := strings.Join([]string{
		r.Method, r.URL.Path, canonicalQuery(r.URL.Query()), canonicalHeaders(r, headers), parts[2], hash,
	}, "\n")
	s.signed = headerAlgorithm + "\n" + hexHash([]byte(canonical))
	s.sign = func(secret string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(s.signed))
		return hex.EncodeToString(mac.Sum(nil))
	}
	return s
}

// signsAll says whether the signature covers the host and each header of the protocol.
func signsAll(sent http.Header, signed []string) bool {
	needed := []string{"host"}
	for name := range sent {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-acs-") {
			needed = append(needed, name)
		}
	}
	return slices.IsSorted(signed) && !slices.ContainsFunc(needed, func(name string) bool { return !slices.Contains(signed, name) })
}

func canonicalHeaders(r *http.Request, names []string) string {
	var text strings.Builder
	for _, name := range names {
		value := strings.TrimSpace(r.Header.Get(name))
		if name == "host" {
			value = r.Host
		}
		text.WriteString(name + ":" + value + "\n")
	}
	return text.String()
}

func hexHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// authenticate refuses a request that no known caller signed, that is old, or that was here before.
func (k *KMS) authenticate(s signature, p url.Values) *refusal {
	caller, refused := k.caller(s)
	if refused != nil {
		return refused
	}
	if s.incomplete {
		return errIncompleteSignature
	}
	if !equal(s.sign(caller.AccessKeySecret), s.given) {
		// The real text repeats the signed text, access key id and token included: a client must not print it.
		return &refusal{http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:" + s.signed}
	}
	if refused := k.checkFreshness(s); refused != nil {
		return refused
	}
	return k.checkProtocol(p)
}

func (k *KMS) caller(s signature) (Credentials, *refusal) {
	if s.keyID == "" {
		return Credentials{}, missingParameter("AccessKeyId")
	}
	i := slices.IndexFunc(k.options.Credentials, func(c Credentials) bool { return c.AccessKeyID == s.keyID })
	if i < 0 {
		return Credentials{}, &refusal{http.StatusNotFound, "InvalidAccessKeyId.NotFound", "The Access Key ID provided does not exist in our records."}
	}
	known := k.options.Credentials[i]
	if known.SecurityToken != "" && s.token == "" {
		return known, &refusal{http.StatusBadRequest, "MissingSecurityToken", "SecurityToken is mandatory for this action."}
	}
	if !equal(known.SecurityToken, s.token) {
		return known, &refusal{http.StatusBadRequest, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey."}
	}
	return known, nil
}

func (k *KMS) checkFreshness(s signature) *refusal {
	signed, err := time.Parse(timestampLayout, s.timestamp)
	if err != nil {
		return &refusal{http.StatusBadRequest, "IllegalTimestamp", "The input parameter Timestamp is not valid."}
	}
	now := k.lock().Add(k.options.GatewaySkew)
	defer k.mu.Unlock()
	if now.Sub(signed).Abs() > maxSkew {
		return &refusal{http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."}
	}
	if s.nonce == "" {
		return missingParameter("SignatureNonce")
	}
	if !k.nonces.take(s.keyID+" "+s.nonce, now) {
		return &refusal{http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."}
	}
	return nil
}

// checkProtocol refuses a well signed request that is not for this service. The answer to another region's call is not
// documented; a client that sends one is wrong in any case.
func (k *KMS) checkProtocol(p url.Values) *refusal {
	if p.Get("Version") != serviceOf(p.Get("Action")).version {
		return &refusal{http.StatusBadRequest, "InvalidApiVersion", "The specified API version is not valid."}
	}
	if p.Has("SignatureMethod") && !strings.EqualFold(p.Get("Format"), "JSON") {
		return invalidParameter("Format")
	}
	if region := p.Get("RegionId"); region != "" && region != k.options.Region {
		return invalidParameter("RegionId")
	}
	return nil
}

// nonces remembers which were used.
type nonces struct {
	seen   map[string]time.Time
	pruned time.Time
}

// take says whether a nonce is new, and remembers it as long as its Timestamp could still be accepted.
func (n *nonces) take(nonce string, now time.Time) bool {
	const kept = 2 * maxSkew
	if now.Sub(n.pruned) > kept {
		for old, used := range n.seen {
			if now.Sub(used) > kept {
				delete(n.seen, old)
			}
		}
		n.pruned = now
	}
	_, used := n.seen[nonce]
	n.seen[nonce] = now
	return !used
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
