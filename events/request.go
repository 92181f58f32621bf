package events

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxEscaped bounds a body before it is unquoted, in bytes: none takes more than six in JSON.
	maxEscaped = 6 * MaxPayload
	// maxHead bounds headers and parameters, in bytes. The platform takes less.
	maxHead = MaxPayload
	// maxParts bounds the members of what may be a request of any length. The platform sends eight.
	maxParts = 64
)

// ErrTooLarge is the error of a request whose body is longer than MaxPayload.
var ErrTooLarge error = &RejectError{Field: "body", Got: "too long", Want: "at most " + strconv.Itoa(MaxPayload) + " bytes"}

// Request is what an HTTP trigger delivers, of any length. It is not checked: anybody who knows the address may have sent
// it, so body and parameters are decoded only when Decode is called.
type Request struct {
	Method string            // "" where it cannot be read
	Header map[string]string // keys in lower case; without those sent twice
	Query  map[string]string // keys and values as sent; without those sent twice

	parts object // the members of the request as they were sent
	err   error  // why nothing may be decoded of it
}

// isRequest recognizes the envelope of an HTTP trigger, see
// https://www.alibabacloud.com/help/en/functioncompute/fc/http-trigger-invoking-function. One of its marks is enough.
func isRequest(o object) bool { return o.has("rawPath") || o.hasNested("requestContext", "http") }

// requestIn recognizes a request by its marks, whatever else is wrong with it: taken for an event it would be rejected, and
// that is reported to people, by a sender who needs no token. err is what is wrong; nil if it is only its size.
func requestIn(text []byte, err error) *Request {
	text = trim(text)
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	o := split(wholePayload, text, maxParts)
	context, _ := looseObject(o, "requestContext")
	if !o.has("rawPath") && !context.has("http") {
		return nil
	}
	return requestOf(o, err)
}

// requestOf reads what a sender is checked by. Headers and parameters that cannot be read are empty, so that no check
// succeeds by them.
func requestOf(o object, err error) *Request {
	headers, headerErr := looseObject(o, "headers")
	query, queryErr := looseObject(o, "queryParameters")
	method, methodErr := methodOf(o)
	return &Request{
		Method: method,
		Header: sentOnce(headers, strings.ToLower),
		Query:  sentOnce(query, func(key string) string { return key }),
		parts:  o,
		err:    cmp.Or(err, o.rejectDuplicates(), methodErr, headerErr, headers.rejectDuplicates(), queryErr),
	}
}

// sentOnce returns the members that are text, without those whose key is there more than once.
func sentOnce(o object, keyOf func(string) string) map[string]string {
	times, texts := map[string]int{}, map[string]string{}
	for _, m := range o.members {
		key := keyOf(string(m.key))
		if times[key]++; m.isText() {
			texts[key] = string(m.text())
		}
	}
	maps.DeleteFunc(texts, func(key, _ string) bool { return times[key] > 1 })
	return texts
}

func methodOf(o object) (string, error) {
	context, err := looseObject(o, "requestContext")
	if err != nil {
		return "", err
	}
	http, err := looseObject(context, "http")
	if err != nil {
		return "", err
	}
	method := http.member("method")
	switch {
	case method.err != nil:
		return "", method.err
	case method.text == "":
		return "", method.reject(missing, "a method such as POST")
	}
	return method.text, nil
}

// looseObject returns a member that is an object, of a text that may be broken elsewhere. It is empty where the member is
// missing.
func looseObject(o object, key string) (object, error) {
	value := o.raw(key)
	switch {
	case value == nil:
		return object{field: o.path(key)}, nil
	case slices.Contains(o.repeated, strings.ToLower(key)):
		return object{}, o.duplicateError(strings.ToLower(key))
	case len(value) > maxHead:
		return object{}, tooLong(o.path(key), len(value))
	case !json.Valid(value):
		return object{}, o.reject(key, whyNotJSON(value, 0), wantObject)
	case value[0] != '{':
		return object{}, o.reject(key, describe(value), wantObject)
	}
	return split(o.path(key), value, MaxPayload), nil
}

// Decode decodes the events of a request, once its sender may send them: those of its body, or of its parameters where the
// method is GET. It returns at least one Item.
func (r *Request) Decode() []Item {
	var d decoder
	if err := r.decode(&d); err != nil {
		return []Item{{Err: err}}
	}
	return d.items
}

func (r *Request) decode(d *decoder) error {
	if r.err != nil {
		return r.err
	}
	if strings.EqualFold(r.Method, "GET") {
		parameters, err := parametersOf(r.parts)
		if err != nil {
			return err
		}
		return d.decodeParameters(parameters)
	}
	text, err := bodyOf(r.parts)
	if err != nil {
		return err
	}
	b := body{field: "body", text: decodeText(text)}
	if kind, _, _ := strings.Cut(r.Header["content-type"], ";"); !startsJSON(b.text) && strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		form, err := formIn(text)
		if err != nil {
			return err
		}
		return d.decodeParameters(form)
	}
	d.decode(b, 0)
	return nil
}

// decodeParameters decodes the parameters of an address or the fields of a form: the event is in data, or they are its
// members.
func (d *decoder) decodeParameters(o object) error {
	if err := o.rejectDuplicates(); err != nil {
		return err
	}
	m, found := o.find("data")
	switch {
	case !found:
		d.decodeObject(o, 0)
	case !m.isText():
		return o.member("data").err
	case o.has("alert") || o.has("name"):
		return o.reject("data", "there beside members of an event", "one of both")
	default:
		d.decode(body{field: o.path("data"), text: decodeText(m.text())}, 0)
	}
	return nil
}

// parametersOf returns the parameters of an address. No document says whether the platform decodes them, so the one that
// holds JSON decides.
func parametersOf(parts object) (object, error) {
	o, err := looseObject(parts, "queryParameters")
	if err != nil {
		return object{}, err
	}
	encoded := false
	for _, key := range []string{"data", "alert"} {
		if m, found := o.find(key); found && m.isText() {
			encoded = encoded || bytes.HasPrefix(bytes.TrimSpace(m.text()), []byte("%"))
		}
	}
	for i, m := range o.members {
		if !m.isText() {
			continue // a list, which is a parameter sent twice
		}
		text := m.text()
		if encoded {
			decoded, err := url.QueryUnescape(string(text))
			if err != nil {
				return object{}, &RejectError{Field: o.field, Got: "badly escaped", Want: "percent-encoding"}
			}
			text = []byte(decoded)
		}
		o.members[i] = member{key: m.key, value: text, plain: true}
	}
	return o, nil
}

// formIn returns the fields of a form.
func formIn(text []byte) (object, error) {
	o := object{field: "body"}
	for pair := range strings.SplitSeq(string(bytes.TrimSpace(text)), "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, keyErr := url.QueryUnescape(key)
		value, err := url.QueryUnescape(value)
		if keyErr != nil || err != nil {
			return object{}, &RejectError{Field: o.field, Got: "a form that is badly escaped", Want: "percent-encoding"}
		}
		o.members = append(o.members, member{key: []byte(key), value: []byte(value), plain: true})
	}
	o.repeated = repeatedIn(o.members)
	return o, nil
}

// bodyOf returns the body as the client sent it. The platform encodes what is binary to it.
func bodyOf(parts object) ([]byte, error) {
	m, found := parts.find("body")
	switch {
	case !found:
		return nil, nil
	case !m.isText():
		return nil, parts.reject("body", describe(m.value), "a JSON string")
	case len(m.value) > maxEscaped: // compared before anything is copied
		return nil, ErrTooLarge
	}
	text := m.text()
	switch encoded := parts.raw("isBase64Encoded"); string(encoded) {
	case "", "false":
	case "true":
		decoded, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil {
			return nil, parts.reject("body", "not base64", "base64, as isBase64Encoded says")
		}
		text = decoded
	default:
		return nil, parts.reject("isBase64Encoded", describe(encoded), "true or false")
	}
	if len(text) > MaxPayload {
		return nil, ErrTooLarge
	}
	return text, nil
}
