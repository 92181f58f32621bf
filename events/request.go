package events

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
)

// ErrTooLarge is the error of a request whose body is longer than MaxPayload.
var ErrTooLarge error = &RejectError{Field: "body", Got: "too long", Want: "at most " + strconv.Itoa(MaxPayload) + " bytes"}

// maxEscaped bounds a body before it is unfolded, in bytes: none takes more than six in JSON.
const maxEscaped = 6 * MaxPayload

// Request is what an HTTP trigger delivers, of any length. It is not checked: anybody who knows the address may have sent
// it, so its events are decoded only when somebody asks for them.
type Request struct {
	Method string            // "" where it cannot be read
	Header map[string]string // keys in lower case
	Query  map[string]string // keys as sent

	body []byte
	err  error
}

// Decode reads the events of a request, once its sender may send them. It returns at least one Item.
func (r *Request) Decode() []Item {
	if r.err != nil {
		return []Item{{Err: r.err}}
	}
	return decode(r.body)
}

// readRequest returns nil where a payload is no request.
func readRequest(payload []byte) *Request {
	o, err := readObject(wholePayload, trim(payload))
	if err != nil || !hasRequest(o) {
		return nil
	}
	r := requestOf(o)
	return &r
}

// hasRequest recognizes the envelope of an HTTP trigger, see
// https://www.alibabacloud.com/help/en/functioncompute/fc/http-trigger-invoking-function. One of its marks is enough.
func hasRequest(o object) bool {
	return o.has("rawPath") || o.holds("requestContext", "http")
}

// refuseRequest keeps requests out of what is decoded: one that nobody has checked must never be read as an event.
func refuseRequest(o object) error {
	return &RejectError{Field: o.field, Got: "a request of an HTTP trigger", Want: "an event: a request is read by whoever answers it"}
}

// requestOf returns no body of a request that cannot be read in full.
func requestOf(o object) Request {
	if err := o.unique(); err != nil {
		return Request{err: err}
	}
	method, err := methodOf(o)
	if err != nil {
		return Request{err: err}
	}
	header, err := headerOf(o)
	if err != nil {
		return Request{err: err}
	}
	query, err := queryOf(o)
	if err != nil {
		return Request{err: err}
	}
	r := Request{Method: method, Header: header, Query: query}
	r.body, r.err = bodyOf(o)
	return r
}

func methodOf(o object) (string, error) {
	context, err := o.object("requestContext")
	if err != nil {
		return "", err
	}
	http, err := context.object("http")
	if err != nil {
		return "", err
	}
	method, err := http.text("method")
	if err == nil && method == "" {
		return "", http.refuse("method", missing, "a method such as POST")
	}
	return method, err
}

// headerOf refuses a header that comes twice in different case: one of the two would have been checked.
func headerOf(o object) (map[string]string, error) {
	headers, err := o.object("headers")
	if err != nil {
		return nil, err
	}
	if err := headers.unique(); err != nil {
		return nil, err
	}
	return stringsOf(headers.members), nil
}

// queryOf reads the parameters of the address, whose case counts.
func queryOf(o object) (map[string]string, error) {
	value := o.value("queryParameters")
	if value == nil {
		return map[string]string{}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, o.refuse("queryParameters", describe(value), "an object")
	}
	return stringsOf(members), nil
}

// stringsOf leaves out what is no string: no such value is documented, so none is relied on.
func stringsOf(members map[string]json.RawMessage) map[string]string {
	all := make(map[string]string, len(members))
	for key, value := range members {
		if value[0] == '"' {
			all[key] = stringOf(value)
		}
	}
	return all
}

// bodyOf returns the body as the client sent it. The platform encodes what is binary to it.
func bodyOf(o object) ([]byte, error) {
	value := o.value("body")
	switch {
	case value == nil:
		return nil, nil
	case value[0] != '"':
		return nil, o.refuse("body", describe(value), "a JSON string")
	case len(value) > maxEscaped:
		return nil, ErrTooLarge
	}
	body := []byte(stringOf(value))
	switch encoded := o.value("isBase64Encoded"); string(encoded) {
	case "", "false":
	case "true":
		decoded, err := base64.StdEncoding.AppendDecode(nil, body)
		if err != nil {
			return nil, o.refuse("body", "not base64", "base64, as isBase64Encoded says")
		}
		body = decoded
	default:
		return nil, o.refuse("isBase64Encoded", describe(encoded), "true or false")
	}
	if len(body) > MaxPayload {
		return nil, ErrTooLarge
	}
	return body, nil
}
