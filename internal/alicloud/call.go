package alicloud

import (
	"context"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

const (
	// callTimeout bounds a call whose context has no deadline. Callers set their own; this one is for the day they forget.
	callTimeout = 5 * time.Second
	// noProxy stands where the SDK would otherwise read the proxy variables of the environment: it fails on one that it
	// cannot parse, with the proxy's password in the error. The value itself is never used, since the transport is ours.
	noProxy = "none"
	// noReadTimeout leaves the context in charge; the SDK's own limit would end a call after 10 s, or as the last one did.
	noReadTimeout = -1
)

// caller makes the calls of one service in one region with the credentials of one invocation.
type caller struct {
	client *Client
	target endpoint // zero when the region was no region
	region string
	judge  verdict
	cred   func() Credentials // not the value, which would show when a caller is printed
}

// call makes one call, decodes a success into out, and returns a *remediation.CallError for anything else. It sends the
// request at most once.
func (c caller) call(ctx context.Context, request requests.AcsRequest, out any) (answer, error) {
	none := answer{action: request.GetActionName()}
	if c.target == (endpoint{}) {
		return none, declined(request)
	}
	if !c.cred().usable() {
		return none, none.failure(remediation.Expired)
	}
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	x := &exchange{ctx: ctx, base: c.client.transport, target: c.target}
	c.sign(request, x)
	return x.result(none.action, c.judge, out)
}

// sign has the SDK build and sign the request and give it to x. A client and a request serve one call, since the SDK
// keeps parts of one in the next, and races. Neither its error nor its panic is news: x knows what happened, and an x
// that was never used means that nothing left.
func (c caller) sign(request requests.AcsRequest, x *exchange) {
	defer func() { _ = recover() }()
	cred := c.cred()
	config := sdk.NewConfig()
	config.Transport = x
	// The region is given to the request alone: the client would compile a regular expression to check it.
	client, err := sdk.NewClientWithOptions("", config, credentials.NewStsTokenCredential(
		cred.AccessKeyID, cred.AccessKeySecret, cred.SecurityToken))
	if err != nil {
		return
	}
	client.SetHttpProxy(noProxy)
	client.SetHttpsProxy(noProxy)
	client.SetNoProxy(noProxy)
	client.SetCloseTrace(true)
	if c.client.userAgent != "" {
		client.AppendUserAgent("rotation-remediator", c.client.userAgent)
	}
	request.SetScheme(c.target.scheme)
	request.SetDomain(c.target.host)
	request.SetReadTimeout(noReadTimeout)
	request.GetQueryParams()["RegionId"] = c.region
	_ = client.DoAction(request, responses.NewCommonResponse())
}

// result says what came of the exchange.
func (x *exchange) result(action string, judge verdict, out any) (answer, error) {
	switch {
	case x.answered:
		return readAnswer(action, x.status, x.body, judge, out)
	case x.connected.Load():
		return x.unanswered(action, remediation.Transient)
	case x.sent:
		return x.unanswered(action, remediation.NotSent)
	default:
		return x.unanswered(action, remediation.Refused)
	}
}

// declined is the failure of a call that is not made, since the service would refuse it or take it for another.
func declined(request requests.AcsRequest) *remediation.CallError {
	return answer{action: request.GetActionName()}.failure(remediation.Refused)
}

func (x *exchange) unanswered(action string, class remediation.Class) (answer, error) {
	none := answer{action: action, status: x.status}
	failure := none.failure(class)
	failure.Cause = x.ctx.Err()
	return none, failure
}
