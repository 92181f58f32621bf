package standin

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

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
	params, refused := readRequest(w, r)
	if refused == nil {
		refused = k.authenticate(r.Method, params)
	}
	call, fault := k.receive(params, refused == nil)
	if refused != nil {
		answer := k.refuse(refused, call.RequestID)
		call.Status, call.Code = answer.status, answer.code
		k.note(call)
		answer.write(w)
		return
	}
	k.tell(call, BeforeCommit)
	var answer reply
	if fault == nil || fault.Kind.Commits() {
		call, answer = k.act(call, params)
		k.tell(call, AfterCommit)
	}
	if fault == nil {
		answer.write(w)
		return
	}
	answer = k.distort(*fault, answer, call.RequestID)
	call.Status, call.Code = answer.status, answer.code
	k.note(call)
	deliver(w, r, fault.Kind, answer)
}

// readRequest returns the parameters of a request that an RPC client could have sent.
func readRequest(w http.ResponseWriter, r *http.Request) (url.Values, *refusal) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &refusal{http.StatusForbidden, "UnsupportedHTTPMethod", "This http method is not supported."}
	}
	if len(r.URL.RawQuery) > maxQuery {
		// Only the bound is documented, not the answer.
		return nil, &refusal{http.StatusRequestURITooLong, "ParameterInvalid", "The request is too long."}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, &refusal{http.StatusBadRequest, "ParseRequestParameterException", "The request cannot be parsed."}
	}
	// A client that followed a redirect says where it came from, and has told its credentials to two hosts.
	if r.URL.Path != "/" || r.Referer() != "" {
		return r.Form, invalidParameter("path")
	}
	for _, values := range r.Form {
		if len(values) > 1 {
			return r.Form, &refusal{http.StatusBadRequest, "ParseRequestParameterException", "A parameter occurs twice."}
		}
	}
	return r.Form, nil
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
