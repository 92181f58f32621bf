package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
)

// FaultKind says what goes wrong with a call. It is a closed set.
type FaultKind string

const (
	Refuse           FaultKind = "refuse"             // answered with Status and Code; nothing was done
	ResetBefore      FaultKind = "reset-before"       // the connection is reset; nothing was done
	ResetAfter       FaultKind = "reset-after"        // KMS acts, and the connection is reset
	HangBefore       FaultKind = "hang-before"        // no answer until the client goes; nothing was done
	HangAfter        FaultKind = "hang-after"         // KMS acts, and no answer comes until the client goes
	Truncated        FaultKind = "truncated"          // KMS acts, and half of the answer arrives
	HTML             FaultKind = "html"               // a gateway's page for people, 502; nothing was done
	NumericCode      FaultKind = "numeric-code"       // a gateway's JSON whose Code is a number, 502; nothing was done
	Empty200         FaultKind = "empty-200"          // KMS acts, and the answer is 200 without a body
	Null200          FaultKind = "null-200"           // KMS acts, and the answer is 200 with null
	Redirect         FaultKind = "redirect"           // answered with Status, 307 or other, and Location; nothing was done
	EndlessBody      FaultKind = "endless-body"       // KMS acts, and blanks come until the client goes
	Error200         FaultKind = "error-200"          // 200 with an error code in the body; nothing was done
	ServerErrorAfter FaultKind = "server-error-after" // KMS acts, and answers with Status 500
	Altered          FaultKind = "altered"            // KMS acts, and Alter changes the answer
)

// FaultKinds lists every FaultKind but Altered, which is nothing without its Alter.
var FaultKinds = []FaultKind{
	Refuse, ResetBefore, ResetAfter, HangBefore, HangAfter, Truncated, HTML, NumericCode, Empty200, Null200, Redirect,
	EndlessBody, Error200, ServerErrorAfter,
}

var committing = []FaultKind{ResetAfter, HangAfter, Truncated, Empty200, Null200, EndlessBody, ServerErrorAfter, Altered}

// Commits says whether KMS acts on the call before the client sees the fault.
func (f FaultKind) Commits() bool { return slices.Contains(committing, f) }

// Fault is what goes wrong with the calls that it matches.
type Fault struct {
	Action string // "" matches any
	Secret string // the name; "" matches any, and calls without a SecretName
	Skip   int    // so many matching calls get through first
	Times  int    // so many are hit after that; 0 is all
	Kind   FaultKind

	Status        int    // of Refuse, HTML, NumericCode, Redirect and ServerErrorAfter; a usual one if 0
	Code, Message string // of the answers that have them; InternalFailure if empty
	Location      string // of Redirect; a host that does not exist if empty

	// Alter edits the decoded answer of Altered, in which numbers are json.Number: another type, a time with second 60.
	Alter func(answer map[string]any)

	hits int
}

// Inject adds a fault. A call meets the first fault that matches it and is not used up.
func (k *KMS) Inject(f Fault) {
	k.lock()
	defer k.mu.Unlock()
	k.faults = append(k.faults, &f)
}

// ClearFaults removes all faults.
func (k *KMS) ClearFaults() {
	k.lock()
	defer k.mu.Unlock()
	k.faults = nil
}

func (k *KMS) takeFault(c Call) *Fault {
	for _, f := range k.faults {
		if f.takes(c) {
			hit := *f
			return &hit
		}
	}
	return nil
}

func (f *Fault) takes(c Call) bool {
	if f.Action != "" && f.Action != c.Action || f.Secret != "" && f.Secret != c.Secret {
		return false
	}
	if f.Skip > 0 {
		f.Skip--
		return false
	}
	if f.Times > 0 && f.hits == f.Times {
		return false
	}
	f.hits++
	return true
}

// usualStatus is the status of a fault that does not name one.
var usualStatus = map[FaultKind]int{
	Refuse:           http.StatusInternalServerError,
	ServerErrorAfter: http.StatusInternalServerError,
	HTML:             http.StatusBadGateway,
	NumericCode:      http.StatusBadGateway,
	Redirect:         http.StatusTemporaryRedirect,
}

func (f Fault) withDefaults() Fault {
	if f.Status == 0 {
		f.Status = usualStatus[f.Kind]
	}
	if f.Code == "" {
		f.Code = "InternalFailure"
	}
	if f.Message == "" {
		f.Message = "Internal Failure."
	}
	if f.Location == "" {
		f.Location = "http://elsewhere.invalid/"
	}
	return f
}

// maxEndless ends an endless body for a client that would read for ever.
const maxEndless = 64 << 20

// corrupt returns what the client sees instead of the answer. The zero reply is no answer at all.
func (k *KMS) corrupt(f Fault, answer reply, requestID string) reply {
	f = f.withDefaults()
	switch f.Kind {
	case Refuse, ServerErrorAfter:
		return k.refuse(&refusal{f.Status, f.Code, f.Message}, requestID)
	case Truncated:
		return answer
	case HTML:
		page := "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
		return reply{status: f.Status, contentType: "text/html", body: []byte(page)}
	case NumericCode:
		body := fmt.Sprintf(`{"Code":%d,"Message":"Bad Gateway","RequestId":%q}`, f.Status, requestID)
		return reply{status: f.Status, contentType: jsonType, body: []byte(body)}
	case Empty200, EndlessBody:
		return reply{status: http.StatusOK, contentType: jsonType}
	case Null200:
		return reply{status: http.StatusOK, contentType: jsonType, body: []byte("null")}
	case Error200:
		return reply{status: http.StatusOK, code: f.Code, contentType: jsonType, body: mustMarshal(map[string]string{"Code": f.Code})}
	case Redirect:
		return reply{status: f.Status, location: f.Location}
	case Altered:
		answer.body = altered(answer.body, f.Alter)
		return answer
	}
	return reply{}
}

func altered(body []byte, alter func(map[string]any)) []byte {
	answer := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		panic(err) // mustMarshal wrote it
	}
	alter(answer)
	return mustMarshal(answer)
}

// deliver sends the reply in the way of its fault.
func deliver(w http.ResponseWriter, r *http.Request, kind FaultKind, answer reply) {
	switch kind {
	case ResetBefore, ResetAfter:
		reset(w)
	case HangBefore, HangAfter:
		<-r.Context().Done()
		// Without this the server would answer 200 to a client that is still there when the server stops.
		panic(http.ErrAbortHandler)
	case Truncated:
		answer.header(w.Header())
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body[:len(answer.body)/2])
	case EndlessBody:
		writeEndless(w, r, answer)
	default:
		answer.write(w)
	}
}

// reset closes the connection so that the client sees a reset; one in memory can only be closed.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a close that discards what is pending is sent as a reset
	}
	_ = conn.Close()
}

// writeEndless writes blanks, which a JSON decoder skips for ever.
func writeEndless(w http.ResponseWriter, r *http.Request, answer reply) {
	w.Header().Set("Content-Type", answer.contentType)
	w.WriteHeader(answer.status)
	blanks := bytes.Repeat([]byte(" "), 32<<10)
	for sent := 0; sent < maxEndless && r.Context().Err() == nil; sent += len(blanks) {
		if _, err := w.Write(blanks); err != nil {
			return
		}
	}
}
