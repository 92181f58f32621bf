package alicloud

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

// maxQuery bounds the parameters of a request, in bytes and as they travel: header and query together may have 128 KB,
// and the headers are far below 4 KB. https://help.aliyun.com/en/cms/cloudmonitor-1-0/developer-reference/list-of-operations-by-function
const maxQuery = 124 << 10

// ErrTooLarge is the cause of a call that was not made because it holds more than the service takes at once, in bytes or
// in number: a part of it may pass.
var ErrTooLarge = errors.New("more than one call may hold")

// errUnsigned replaces whatever the SDK says when it cannot sign: its text can hold the address with the token.
var errUnsigned = errors.New("the request could not be signed")

// sign has the SDK turn the fields of a request into parameters and sign them, and puts the result into an HTTP request of
// our own. Method, scheme, host and path are ours, whatever the SDK's request says. A panic of the SDK is an error.
func (c caller) sign(ctx context.Context, request requests.AcsRequest) (signed *http.Request, err error) {
	defer func() {
		if recover() != nil {
			signed, err = nil, errUnsigned
		}
	}()
	if request.GetMethod() != http.MethodPost || request.GetStyle() != requests.RPC {
		return nil, errUnsigned // anything but an RPC POST is refused: the transport sends a GET again when a connection breaks
	}
	if requests.InitParams(request) != nil || auth.Sign(request, nil, c.region, provider(c.cred)) != nil {
		return nil, errUnsigned
	}
	address := url.URL{Scheme: c.target.scheme, Host: c.target.host, Path: "/"}
	address.RawQuery = strings.TrimPrefix(request.BuildQueries(), "/?")
	if len(address.RawQuery) > maxQuery {
		return nil, ErrTooLarge
	}
	signed, err = http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(request.GetContent()))
	if err != nil {
		return nil, errUnsigned
	}
	for name, value := range request.GetHeaders() {
		signed.Header.Set(name, value)
	}
	signed.Header.Set("User-Agent", c.client.userAgent)
	return signed, nil
}

// provider gives the SDK the credentials of one invocation, so that it uses no others.
type provider func() Credentials

func (p provider) GetCredentials() (*credentials.Credentials, error) {
	c := p()
	return &credentials.Credentials{AccessKeyId: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}, nil
}

// GetProviderName goes into a header; it is the name of the SDK's own provider of such credentials.
func (provider) GetProviderName() string { return "static_sts" }
