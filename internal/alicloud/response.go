package alicloud

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxToken bounds what is kept of an error code, a request id or an instance id, in bytes: a request id has 36.
const maxToken = 64

// wholeBody is what cannot be read of an answer that is no JSON object.
const wholeBody = "body"

// response is what the head of an answer says. The message stays in this package: it can hold what was sent.
type response struct {
	action    string
	status    int
	code      string
	requestID string
}

// head is what an answer of either service may begin with. Any kind of value is taken, so that a gateway that sends its
// code as a number does not hide the status.
type head struct{ Code, Message, RequestId, Success any }

// successCheck recognizes a service's own success: it returns "" for one, and else the class of the answer.
type successCheck func(head) remediation.Class

// readResponse decodes a success into out. An answer that is neither a success nor a readable refusal is Transient.
func readResponse(action string, status int, body []byte, succeeded successCheck, out any) (response, error) {
	var h head
	headErr := json.Unmarshal(body, &h)
	r := response{action: action, status: status, code: safeToken(text(h.Code)), requestID: safeToken(text(h.RequestId))}

	if status < 200 || status > 299 {
		return r, r.failure(classify(status, text(h.Code), text(h.Message)))
	}
	if headErr != nil {
		return r, r.unreadable(wholeBody)
	}
	if class := succeeded(h); class != "" {
		return r, r.failure(class)
	}
	if out != nil && json.Unmarshal(body, out) != nil {
		return r, r.unreadable(wholeBody)
	}
	return r, nil
}

func (r response) failure(class remediation.Class) *remediation.CallError {
	return &remediation.CallError{Action: r.action, Class: class, Status: r.status, Code: r.code, RequestID: r.requestID}
}

// unreadable is the failure of an answer that says success and has a member that does not fit what was asked.
func (r response) unreadable(member string) *remediation.CallError {
	failure := r.failure(remediation.Transient)
	failure.Unreadable = member
	return failure
}

// text returns a value that is a string, and "" for any other.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// safeToken returns s if it has the form of a code or an id, and nothing otherwise: it goes to logs, and the other side chose it.
func safeToken(s string) string {
	if len(s) > maxToken || strings.Map(tokenRune, s) != s {
		return ""
	}
	return s
}

func tokenRune(r rune) rune {
	if strings.ContainsRune(lower+upper+digits+"._-", r) {
		return r
	}
	return -1
}

// flexString is a value that is text in one document and a number, a boolean or an object in another. Any value can be
// read: text as what it says, null as nothing, and all else as it is written.
type flexString string

func (f *flexString) UnmarshalJSON(value []byte) error {
	var s string
	if json.Unmarshal(value, &s) != nil { // null is read as ""
		s = string(value)
	}
	*f = flexString(s)
	return nil
}

// count returns a value that is a whole number, 0 or more.
func (f flexString) count() (int, bool) {
	n, err := strconv.ParseUint(string(f), 10, 31)
	return int(n), err == nil
}

// date returns a time as KMS writes it.
func (f flexString) date() (time.Time, bool) { return events.ParseTime(string(f)) }

// duration returns a duration as KMS writes it, such as 604800s, and 0 for anything else.
func (f flexString) duration() time.Duration {
	d, _ := time.ParseDuration(string(f))
	return d
}

// rows returns the rows of a list. Services wrap it in an object, as {"Tag": [...]}; it may also stand without that, a
// single row without its list, and "" or null for none. ok is false for what is no list at all.
func rows(list json.RawMessage, member string) (rows []json.RawMessage, ok bool) {
	if isNone(list) {
		return nil, true
	}
	if json.Unmarshal(list, &rows) == nil {
		return rows, true
	}
	var wrapper map[string]json.RawMessage
	if json.Unmarshal(list, &wrapper) != nil {
		return nil, false
	}
	for name, inner := range wrapper {
		if !strings.EqualFold(name, member) {
			continue
		}
		if isNone(inner) {
			return nil, true
		}
		if json.Unmarshal(inner, &rows) == nil {
			return rows, true
		}
		return []json.RawMessage{inner}, inner[0] == '{' || inner[0] == '"'
	}
	return nil, len(wrapper) == 0
}

func isNone(value json.RawMessage) bool {
	return len(value) == 0 || string(value) == "null" || string(value) == `""`
}

// decodeRows decodes each row of a list. ok is false where one is not even an object: what it says is lost.
func decodeRows[T any](list json.RawMessage, member string) (decoded []T, ok bool) {
	raw, ok := rows(list, member)
	for _, row := range raw {
		var one T
		if json.Unmarshal(row, &one) != nil {
			return nil, false
		}
		decoded = append(decoded, one)
	}
	return decoded, ok
}
