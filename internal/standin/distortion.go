package standin

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
)

// maxEndless ends an endless body for a client that would read for ever.
const maxEndless = 64 << 20

// distort returns what the client sees instead of the answer. The zero reply is no answer at all.
func (k *KMS) distort(f Fault, answer reply, requestID string) reply {
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
	}
	return reply{}
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
		pour(w, r, answer)
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

// pour writes blanks, which a JSON decoder skips for ever.
func pour(w http.ResponseWriter, r *http.Request, answer reply) {
	w.Header().Set("Content-Type", answer.contentType)
	w.WriteHeader(answer.status)
	blanks := bytes.Repeat([]byte(" "), 32<<10)
	for sent := 0; sent < maxEndless && r.Context().Err() == nil; sent += len(blanks) {
		if _, err := w.Write(blanks); err != nil {
			return
		}
	}
}
