package alicloud

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// maxBody bounds the body of an answer, in bytes. The longest ones are pages of 100 events: some hundred kilobytes, and
// 2,048 KB by CloudMonitor's own limit. The instance has room for several at a time.
const maxBody = 2 << 20

// maxQuery bounds the parameters of a request, in bytes and as they travel: header and query together may have 128 KB,
// and the headers are far below 4 KB. https://help.aliyun.com/en/cms/cloudmonitor-1-0/developer-reference/list-of-operations-by-function
const maxQuery = 124 << 10

var (
	errGuarded  = errors.New("refused by the guard")
	errTooLarge = errors.New("the body is too large")
)

// exchange sends one request and keeps what came of it. It is the transport that the SDK is given for one call: a type of
// its own, because the SDK changes the settings of a bare *http.Transport.
type exchange struct {
	ctx    context.Context // the SDK's request carries none
	base   http.RoundTripper
	target endpoint // where the request may go, and nowhere else

	sent      bool        // the request was given to base
	connected atomic.Bool // base had a connection for it, so that bytes may have left
	answered  bool        // status and body are those of a whole answer
	status    int
	body      []byte
}

// RoundTrip passes the request on once, if it is the one that is expected. The SDK gets an empty success instead of the
// answer: there is no redirect that it could follow and no body that it could stumble over.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if x.sent || !x.allows(r) {
		return nil, errGuarded
	}
	x.sent = true
	if err := x.send(r.Clone(x.trace())); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// allows compares the request with what was asked for. The SDK pastes region and host into an address without looking.
func (x *exchange) allows(r *http.Request) bool {
	u := r.URL
	return r.Method == http.MethodPost && u.Scheme == x.target.scheme && u.Host == x.target.host && r.Host == u.Host &&
		u.User == nil && u.Opaque == "" && u.Path == "/" && u.Fragment == "" && len(u.RawQuery) <= maxQuery
}

// trace watches for the connection. Counting bytes would not tell more: they are TLS records of a connection that others
// use too. A dial or handshake that failed is before this point; after it, nobody knows what the other side has read.
func (x *exchange) trace() context.Context {
	return httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
}

func (x *exchange) send(r *http.Request) error {
	response, err := x.base.RoundTrip(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	x.status = response.StatusCode
	if x.status == http.StatusSwitchingProtocols {
		x.answered = true // its body is the bare connection, which no context ends
		return nil
	}
	x.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return err
	}
	if len(x.body) > maxBody {
		return errTooLarge
	}
	x.answered = true
	return nil
}
