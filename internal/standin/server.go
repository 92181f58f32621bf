package standin

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// service is one of the two that a stand-in serves at the same address. No action occurs in both, so that the action
// says which one is meant.
type service struct {
	version    string
	prefix     string // how its RAM actions begin
	permission *refusal
	actions    map[string]action
}

var (
	keyManagement = &service{version: "2016-01-20", prefix: "kms:", permission: errPermission, actions: map[string]action{
		"DescribeSecret":       describeSecret,
		"ListSecretVersionIds": listSecretVersionIDs,
		"ListSecrets":          listSecrets,
		"RotateSecret":         rotateSecret,
		"TagResource":          tagResource,
		"UntagResource":        untagResource,
		"UntagResources":       untagResources,
		"ListTagResources":     listTagResources,
	}}
	cloudMonitor = &service{version: "2019-01-01", prefix: "cms:", permission: errNotAuthorized, actions: map[string]action{
		"DescribeSystemEventAttribute": describeSystemEventAttribute,
		"DescribeSystemEventMetaList":  describeSystemEventMetaList,
		"SendDryRunSystemEvent":        sendDryRunSystemEvent,

		"PutEventRule":               putEventRule,
		"DescribeEventRuleList":      describeEventRuleList,
		"DescribeEventRuleAttribute": describeEventRuleAttribute,
		"DeleteEventRules":           deleteEventRules,

		"PutEventRuleTargets":         putEventRuleTargets,
		"DescribeEventRuleTargetList": describeEventRuleTargetList,
		"DeleteEventRuleTargets":      deleteEventRuleTargets,

		"PutCustomEvent":               putCustomEvent,
		"DescribeCustomEventAttribute": describeCustomEventAttribute,
		"PutCustomEventRule":           putCustomEventRule,
	}}
)

// errNotAuthorized is CloudMonitor's word for a missing permission, where KMS has errPermission.
var errNotAuthorized = &refusal{
	http.StatusForbidden, "AccessForbidden", "User not authorized to operate on the specified resource.",
}

// serviceOf returns KMS for an action that neither of them has.
func serviceOf(action string) *service {
	if _, has := cloudMonitor.actions[action]; has {
		return cloudMonitor
	}
	return keyManagement
}

const (
	// maxBody bounds a request: the longest one of this API is a few KiB.
	maxBody = 1 << 20
	// maxQuery is what CloudMonitor's page "Request method" allows for header and query together. KMS's has no such bound,
	// and no call that comes near it.
	maxQuery = 128 << 10
)

// action carries out one API call on the locked state.
type action func(k *KMS, p url.Values, now time.Time) (identified, *refusal)

// ServeHTTP serves the RPC style API: all parameters in query or form, one path.
func (k *KMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	params, signature, refused := readRequest(w, r)
	if refused == nil {
		refused = k.authenticate(signature, params)
	}
	if k.options.GatewaySkew != 0 {
		w.Header().Set("Date", k.options.Now().Add(k.options.GatewaySkew).UTC().Format(http.TimeFormat))
	}
	call, fault := k.receive(params, signature.keyID, refused == nil)
	if refused != nil {
		answer := k.refuse(refused, call.RequestID)
		call.Status, call.Code = answer.status, answer.code
		k.note(call)
		answer.write(w)
		return
	}
	k.notify(call, BeforeCommit)
	var answer reply
	if fault == nil || fault.Kind.Commits() {
		call, answer = k.act(call, params)
		k.notify(call, AfterCommit)
	}
	if fault == nil {
		answer.write(w)
		return
	}
	answer = k.corrupt(*fault, answer, call.RequestID)
	call.Status, call.Code = answer.status, answer.code
	k.note(call)
	deliver(w, r, fault.Kind, answer)
}

// readRequest returns the parameters and the signature of a request that a client of this API could have sent.
func readRequest(w http.ResponseWriter, r *http.Request) (url.Values, signature, *refusal) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, signature{}, &refusal{http.StatusForbidden, "UnsupportedHTTPMethod", "This http method is not supported."}
	}
	if len(r.URL.RawQuery) > maxQuery {
		// Only the bound is documented, not the answer.
		return nil, signature{}, &refusal{http.StatusRequestURITooLong, "ParameterInvalid", "The request is too long."}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || r.ParseForm() != nil {
		return nil, signature{}, &refusal{http.StatusBadRequest, "ParseRequestParameterException", "The request cannot be parsed."}
	}
	signed := signatureOf(r, body, r.Form)
	// A client that followed a redirect says where it came from, and has shown its credentials to two hosts.
	if r.URL.Path != "/" || r.Referer() != "" {
		return r.Form, signed, invalidParameter("path")
	}
	for _, values := range r.Form {
		if len(values) > 1 {
			return r.Form, signed, &refusal{http.StatusBadRequest, "ParseRequestParameterException", "A parameter occurs twice."}
		}
	}
	return r.Form, signed, nil
}

// act carries a call out, or refuses it, and notes which.
func (k *KMS) act(call Call, params url.Values) (Call, reply) {
	now := k.lock()
	defer k.mu.Unlock()
	var answer reply
	body, refused := k.perform(params, now)
	if refused == nil {
		body.identify(call.RequestID)
		call.Acted = true
		answer = reply{status: http.StatusOK, contentType: jsonType, body: mustMarshal(body)}
	} else {
		answer = k.refuse(refused, call.RequestID)
	}
	call.Status, call.Code = answer.status, answer.code
	k.calls[call.index] = call
	return call, answer
}

func (k *KMS) perform(params url.Values, now time.Time) (identified, *refusal) {
	name := params.Get("Action")
	service := serviceOf(name)
	perform, known := service.actions[name]
	if !known {
		return nil, &refusal{http.StatusBadRequest, "InvalidApiName", "The specified API name is not valid."}
	}
	if k.second.full(now) {
		return nil, errTooFast
	}
	k.second.spend(now)
	if k.options.Allow != nil && !slices.Contains(k.options.Allow, service.prefix+name) {
		return nil, service.permission
	}
	return perform(k, params, now)
}

// Call is one request that arrived, and what became of it. It holds nothing that could be used to sign another.
type Call struct {
	Action      string
	Secret      string            // the name, also where the caller sent the ARN
	VersionID   string            // RotateSecret
	Tags        map[string]string // TagResource: what it wrote or wanted to
	AccessKeyID string            // shortened
	Params      url.Values        // what was sent, without access key id, signature and token
	RequestID   string
	Time        time.Time // of its arrival, by Options.Now
	Acted       bool      // KMS did what was asked; a RotateSecret that is ignored for its VersionId counts as well
	Fault       FaultKind // what the caller saw instead of the answer; "" for none
	Status      int       // what the caller was answered; 0 when no answer left, or not yet
	Code        string    // the error code of that answer, "" where it has none

	index int // in KMS.calls
}

// Calls returns all calls so far in the order of their arrival, those that were refused included.
func (k *KMS) Calls() []Call {
	k.lock()
	defer k.mu.Unlock()
	return slices.Clone(k.calls)
}

// receive notes a call and takes the fault that waits for it. Faults are for authentic calls only.
func (k *KMS) receive(params url.Values, keyID string, authentic bool) (Call, *Fault) {
	now := k.lock()
	defer k.mu.Unlock()
	call := Call{
		Action:      params.Get("Action"),
		Secret:      strings.TrimPrefix(params.Get("SecretName"), k.arnPrefix()),
		VersionID:   params.Get("VersionId"),
		AccessKeyID: shortened(keyID),
		Params:      without(params, "AccessKeyId", "Signature", "SecurityToken"),
		RequestID:   requestID(len(k.calls) + 1),
		Time:        now,
		index:       len(k.calls),
	}
	call.Tags, _ = parseTags(params.Get("Tags"))
	var fault *Fault
	if authentic {
		fault = k.takeFault(call)
	}
	if fault != nil {
		call.Fault = fault.Kind
	}
	k.calls = append(k.calls, call)
	return call, fault
}

// note keeps what became of a call.
func (k *KMS) note(c Call) {
	k.lock()
	defer k.mu.Unlock()
	k.calls[c.index] = c
}

func (k *KMS) notify(c Call, p Phase) {
	if k.options.OnCall != nil {
		k.options.OnCall(c, p)
	}
}

// without returns a copy of the parameters that lacks some.
func without(params url.Values, names ...string) url.Values {
	left := maps.Clone(params)
	for _, name := range names {
		left.Del(name)
	}
	return left
}

// shortened leaves of an access key id enough to distinguish two callers of a test.
func shortened(id string) string {
	const shown = 4
	if len(id) <= shown {
		return ""
	}
	return id[:shown] + "…"
}
