package alicloud

import (
	"encoding/json"
	"strings"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// maxWord bounds what is kept of an error code or request id, in bytes: a request id has 36.
const maxWord = 64

// answer is what the head of an answer says. The message stays in this package: it can hold what was sent.
type answer struct {
	action    string
	status    int
	code      string
	requestID string
}

// head is what an answer of either service may begin with. Any kind of value is taken, so that a gateway that sends its
// code as a number does not hide the status.
type head struct{ Code, Message, RequestId, Success any }

// verdict is what a service's own success looks like: it returns "" for one, and else what the answer means.
type verdict func(head) remediation.Class

// readAnswer decodes a success into out. What is neither a success nor a refusal that can be read is Transient.
func readAnswer(action string, status int, body []byte, judge verdict, out any) (answer, error) {
	var h head
	headErr := json.Unmarshal(body, &h)
	a := answer{action: action, status: status, code: word(text(h.Code)), requestID: word(text(h.RequestId))}

	if status < 200 || status > 299 {
		return a, a.failure(classify(status, text(h.Code), text(h.Message)))
	}
	if headErr != nil {
		return a, a.unreadable()
	}
	if class := judge(h); class != "" {
		return a, a.failure(class)
	}
	if json.Unmarshal(body, out) != nil {
		return a, a.unreadable()
	}
	return a, nil
}

// judgeKMS knows that KMS gives every answer a request id and only errors a code.
func judgeKMS(h head) remediation.Class {
	if h.Code != nil || text(h.RequestId) == "" {
		return remediation.Transient
	}
	return ""
}

// text returns a value that is a string, and "" for any other.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// unreadable is the failure of an answer that says success and does not fit what was asked.
func (a answer) unreadable() *remediation.CallError { return a.failure(remediation.Transient) }

func (a answer) failure(class remediation.Class) *remediation.CallError {
	return &remediation.CallError{Action: a.action, Class: class, Status: a.status, Code: a.code, RequestID: a.requestID}
}

// word returns s if it looks like a code or an id, and nothing otherwise: it goes to logs, and the other side chose it.
func word(s string) string {
	if len(s) > maxWord || strings.Map(wordRune, s) != s {
		return ""
	}
	return s
}

func wordRune(r rune) rune {
	if strings.ContainsRune(lower+upper+digits+"._-", r) {
		return r
	}
	return -1
}
