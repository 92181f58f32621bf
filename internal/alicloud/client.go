package alicloud

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
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
		userAgent:    strings.Map(wordRune, options.UserAgent),
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
