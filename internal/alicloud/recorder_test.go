package alicloud

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// recorder answers like KMS to each call that it can, and remembers their parameters.
type recorder struct {
	address string
	answer  func(params url.Values) string // instead, if it is set

	mu          sync.Mutex
	params      []url.Values
	connections int
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	server := httptest.NewUnstartedServer(r)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.connections++
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	r.address = server.URL
	return r
}

func (r *recorder) calls() []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.params
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	params := request.URL.Query()
	r.mu.Lock()
	r.params = append(r.params, params)
	r.mu.Unlock()
	if r.answer != nil {
		_, _ = io.WriteString(w, r.answer(params))
		return
	}
	_, _ = fmt.Fprintf(w, `{"RequestId":"request-1","SecretName":%q,"VersionId":%q}`, params.Get("SecretName"), params.Get("VersionId"))
}
