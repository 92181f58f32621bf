package standin

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// maxSkew is how far a Timestamp may be off, either way.
	maxSkew = 15 * time.Minute
	// timestampLayout is the form of Timestamp, in UTC.
	timestampLayout = "2006-01-02T15:04:05Z"
)

// Sign returns the Signature of an RPC request of version 1.0: Base64 of HMAC-SHA1 over method and all parameters.
func Sign(method string, params url.Values, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(stringToSign(method, params)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func stringToSign(method string, params url.Values) string {
	var pairs []string
	for _, key := range sortedKeys(params) {
		if key != "Signature" {
			pairs = append(pairs, percentEncode(key)+"="+percentEncode(params.Get(key)))
		}
	}
	return strings.ToUpper(method) + "&%2F&" + percentEncode(strings.Join(pairs, "&"))
}

// percentEncode differs from a query's encoding in the blank only.
func percentEncode(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// authenticate refuses a request that is not signed by somebody we know, is old, or was here before.
func (k *KMS) authenticate(method string, p url.Values) *refusal {
	caller, refused := k.caller(p)
	if refused != nil {
		return refused
	}
	if refused := checkSignature(method, p, caller.AccessKeySecret); refused != nil {
		return refused
	}
	if refused := k.checkFreshness(p); refused != nil {
		return refused
	}
	return k.checkProtocol(p)
}

func (k *KMS) caller(p url.Values) (Credentials, *refusal) {
	id, token := p.Get("AccessKeyId"), p.Get("SecurityToken")
	if id == "" {
		return Credentials{}, missingParameter("AccessKeyId")
	}
	i := slices.IndexFunc(k.options.Credentials, func(c Credentials) bool { return c.AccessKeyID == id })
	if i < 0 {
		return Credentials{}, &refusal{http.StatusNotFound, "InvalidAccessKeyId.NotFound", "The Access Key ID provided does not exist in our records."}
	}
	known := k.options.Credentials[i]
	if known.SecurityToken != "" && token == "" {
		return known, &refusal{http.StatusBadRequest, "MissingSecurityToken", "SecurityToken is mandatory for this action."}
	}
	if !equal(known.SecurityToken, token) {
		return known, &refusal{http.StatusBadRequest, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey."}
	}
	return known, nil
}

func checkSignature(method string, p url.Values, secret string) *refusal {
	if p.Get("SignatureMethod") != "HMAC-SHA1" || p.Get("SignatureVersion") != "1.0" || p.Get("Signature") == "" {
		return &refusal{http.StatusBadRequest, "IncompleteSignature", "The request signature does not conform to standards."}
	}
	if equal(Sign(method, p, secret), p.Get("Signature")) {
		return nil
	}
	// The real text repeats what should have been signed, access key id and token included: a client must not print it.
	return &refusal{http.StatusBadRequest, "SignatureDoesNotMatch",
		"Specified signature is not matched with our calculation. server string to sign is:" + stringToSign(method, p)}
}

func (k *KMS) checkFreshness(p url.Values) *refusal {
	signed, err := time.Parse(timestampLayout, p.Get("Timestamp"))
	if err != nil {
		return &refusal{http.StatusBadRequest, "IllegalTimestamp", "The input parameter Timestamp is not valid."}
	}
	now := k.lock()
	defer k.mu.Unlock()
	if now.Sub(signed).Abs() > maxSkew {
		return &refusal{http.StatusBadRequest, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."}
	}
	nonce := p.Get("SignatureNonce")
	if nonce == "" {
		return missingParameter("SignatureNonce")
	}
	if !k.nonces.take(p.Get("AccessKeyId")+" "+nonce, now) {
		return &refusal{http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already."}
	}
	return nil
}

// checkProtocol refuses what is signed well and still not for us. What a gateway says to another region's call is not
// documented; a client that sends one is wrong in any case.
func (k *KMS) checkProtocol(p url.Values) *refusal {
	if p.Get("Version") != serviceOf(p.Get("Action")).version {
		return &refusal{http.StatusBadRequest, "InvalidApiVersion", "The specified API version is not valid."}
	}
	if p.Get("Format") != "JSON" {
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

// take says whether a nonce is new, and remembers it as long as its Timestamp could still pass.
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
