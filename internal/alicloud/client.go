package alicloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// callTimeout bounds a call whose context has no deadline. Callers set their own; this one is for the day they forget.
	callTimeout = 5 * time.Second
	// connectTimeout bounds the dial and, again, the TLS handshake: short, so that a call that could not be sent is known
	// as such while there is still time to try again.
	connectTimeout = 2 * time.Second
	// idleTimeout is how long a connection is kept. Alibaba Cloud drops an idle one after about 10 s, and a request that
	// meets the drop has no answer. The transport compares wall clocks, so an instance that was frozen is covered.
	idleTimeout = 5 * time.Second
	// maxIdle is how many connections per host are kept: as many as reads may go side by side.
	maxIdle = 16
	// maxHeader bounds the headers of an answer, informational ones included, in bytes.
	maxHeader = 64 << 10
	// maxBody bounds the body of an answer, in bytes. The longest ones are pages of 100 events: some hundred kilobytes, and
	// 2,048 KB by CloudMonitor's own limit. The instance has room for several at a time.
	maxBody = 2 << 20
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// Options are what a Client needs to know of its surroundings. The zero value talks to Alibaba Cloud.
type Options struct {
	// KMSEndpoint is where KMS is, https://kms.{region}.aliyuncs.com if empty; see CheckEndpoint.
	KMSEndpoint string
	// CloudMonitorEndpoint is where CloudMonitor is, https://metrics.{region}.aliyuncs.com if empty; see CheckEndpoint.
	CloudMonitorEndpoint string
	// DialContext opens connections; nil for the network's.
	DialContext dialFunc
	// UserAgent is the version of this software, for the User-Agent header; what does not fit there is left out.
	UserAgent string
}

// Client holds what the calls of a process share: the only transport, and where the services are. It keeps no
// credentials. It is safe for concurrent use.
type Client struct {
	transport    *http.Transport
	kms          endpoint
	cloudMonitor endpoint
	userAgent    string
}

// New returns a Client. It makes no connection.
func New(options Options) (*Client, error) {
	kms, err := parseEndpoint(cmp.Or(options.KMSEndpoint, defaultKMSEndpoint))
	if err != nil {
		return nil, fmt.Errorf("checking the endpoint of KMS: %w", err)
	}
	cloudMonitor, err := parseEndpoint(cmp.Or(options.CloudMonitorEndpoint, defaultCloudMonitorEndpoint))
	if err != nil {
		return nil, fmt.Errorf("checking the endpoint of CloudMonitor: %w", err)
	}
	return &Client{
		transport:    newTransport(options.DialContext),
		kms:          kms,
		cloudMonitor: cloudMonitor,
		userAgent:    strings.TrimSuffix("rotation-remediator/"+strings.Map(tokenRune, options.UserAgent), "/"),
	}, nil
}

// CloseIdleConnections closes the connections that no call is using.
func (c *Client) CloseIdleConnections() { c.transport.CloseIdleConnections() }

func newTransport(dial dialFunc) *http.Transport {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	// HTTP/1.1 only: an HTTP/2 transport may send a request again by itself.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil, // proxy variables of the environment never change a call
		DialContext:            boundedDial(dial),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		ResponseHeaderTimeout:  callTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    maxIdle,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // a packed body could unpack to more than maxBody
		Protocols:              &protocols,
	}
}

func boundedDial(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		return dial(ctx, network, addr)
	}
}

// caller makes the calls of one service in one region with the credentials of one invocation.
type caller struct {
	client    *Client
	target    endpoint // zero when the region was no region
	region    string
	succeeded successCheck
	cred      func() Credentials // not the value, which would show when a caller is printed
}

// call makes one call, decodes a success into out, and returns a *remediation.CallError for anything else. It sends the
// request at most once.
func (c caller) call(ctx context.Context, request requests.AcsRequest, out any) (response, error) {
	none := response{action: request.GetActionName()}
	if c.target == (endpoint{}) {
		return none, none.failure(remediation.Refused)
	}
	if !c.cred().usable() {
		return none, none.failure(remediation.Expired)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	signed, err := c.sign(ctx, request)
	if err != nil {
		return none, notMade(request, err)
	}
	a, sent, err := c.client.send(signed)
	if err != nil {
		failure := none.failure(remediation.NotSent)
		if sent {
			failure.Class = remediation.Transient
		}
		failure.Status, failure.Cause, failure.Network = a.status, ctx.Err(), c.target.host+": "+networkFailure(err, sent)
		return none, failure
	}
	return readResponse(none.action, a.status, a.body, c.succeeded, out)
}

// notMade is the failure of a call that the service would refuse, or take for another one.
func notMade(request requests.AcsRequest, cause error) *remediation.CallError {
	failure := response{action: request.GetActionName()}.failure(remediation.Refused)
	failure.Cause = cause
	return failure
}

// answer is a whole answer as it came.
type answer struct {
	status int
	body   []byte
}

var errLongBody = errors.New("the body is longer than any documented answer")

// send sends the request once. The transport follows no redirect, and repeats no POST of which a byte was written. sent
// reports whether bytes may have left: a dial or handshake that failed is before that, and after it nobody knows what the
// other side has read.
func (c *Client) send(r *http.Request) (a answer, sent bool, err error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	reply, err := c.transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return answer{}, connected.Load(), err
	}
	defer reply.Body.Close()
	a.status = reply.StatusCode
	if a.status == http.StatusSwitchingProtocols {
		return a, true, nil // its body is the bare connection, which no context ends
	}
	a.body, err = io.ReadAll(io.LimitReader(reply.Body, maxBody+1))
	if err == nil && len(a.body) > maxBody {
		err = errLongBody
	}
	return a, true, err
}
