package alicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	region     = "cn-hangzhou"
	secretName = "acs/ecs/web-1"
	versionID  = "rr-1-0123456789abcdef"
)

// canaries are credentials that must be found nowhere. The token has characters that an address escapes.
var canaries = Credentials{
	AccessKeyID:     "STS.CanaryKeyId",
	AccessKeySecret: "CanaryKeySecret",
	SecurityToken:   "Canary/Security+Token==",
}

func TestMain(m *testing.M) {
	if os.Getenv(childAddress) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// serve starts an HTTP server on loopback and returns its address.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// answering serves one answer for every request.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// serveRaw starts a listener that gives each connection to handle, for what no HTTP server would answer.
func serveRaw(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// discardRequest reads one request, as far as its empty line.
func discardRequest(conn net.Conn) {
	var request []byte
	buffer := make([]byte, 4096)
	for !strings.Contains(string(request), "\r\n\r\n") {
		n, err := conn.Read(buffer)
		if err != nil {
			return
		}
		request = append(request, buffer[:n]...)
	}
}

func newClient(t *testing.T, address string) *Client {
	t.Helper()
	client, err := New(Options{KMSEndpoint: address, CloudMonitorEndpoint: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func newKMS(t *testing.T, address string) *KMS {
	t.Helper()
	return newClient(t, address).KMS(region, canaries)
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func rotate(ctx context.Context, k *KMS) error {
	_, err := k.RotateSecret(ctx, secretName, versionID)
	return err
}

// accepted is the answer of KMS to rotate.
func accepted() string {
	return fmt.Sprintf(`{"VersionId":%q,"SecretName":%q,"RequestId":"request-1","Arn":"acs:kms:%s:1:secret/%s"}`,
		versionID, secretName, region, secretName)
}

// failure returns the CallError that err is, after a check for what it must not hold.
func failure(t *testing.T, err error) *remediation.CallError {
	t.Helper()
	var call *remediation.CallError
	if !errors.As(err, &call) {
		t.Fatalf("got error %v, want a CallError: whoever decides would take it for a refusal", err)
	}
	checkNoCanary(t, "the error", fmt.Sprintf("%v %+v %#v %s", err, err, err, call.Cause))
	return call
}

func checkClass(t *testing.T, err error, want remediation.Class) {
	t.Helper()
	if got := failure(t, err); got.Class != want {
		t.Errorf("got %v, want class %s", got, want)
	}
}

func checkNoCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, canary := range []string{canaries.AccessKeyID, canaries.AccessKeySecret, canaries.SecurityToken} {
		if strings.Contains(text, canary) || strings.Contains(text, url.QueryEscape(canary)) {
			t.Errorf("%s holds a credential: %s", where, text)
		}
	}
	if strings.Contains(text, "Signature=") {
		t.Errorf("%s holds a signature: %s", where, text)
	}
}

var quiet = log.New(io.Discard, "", 0)

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
