package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/internal/config"
	"github.com/rotation-remediator/rotation-remediator/internal/standin"
)

const (
	// loopback is the address of what is reached in memory.
	loopback = "http://127.0.0.1:1"
	// timeout is that of the function in s.yaml.
	timeout = time.Minute
	// retryPause is how long the platform waits before it brings an event again.
	retryPause = time.Minute
)

// instance is the handler in virtual time: what the binary runs, without its process.
type instance struct {
	*handler
	t       testing.TB
	cloud   *cloud
	timeout time.Duration
	log     *bytes.Buffer // of the last invocation
	count   int           // invocations so far
	retry   int           // how often the platform brought the event before
}

// inVirtualTime runs a test in a bubble whose clock says 2026.
func inVirtualTime(t *testing.T, run func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 1, 2, 3, 4, 5, 250_000_000, time.UTC)))
		run(t)
	})
}

// newInstance starts an instance of the function. It belongs to the bubble it is started in.
func newInstance(t testing.TB, c *cloud, env ...string) *instance {
	t.Helper()
	s, err := config.Load(append([]string{"REMEDIATION_MODE=act", "FC_REGION=" + region, "VERIFY_WAIT=0"}, env...))
	if err != nil {
		t.Fatal(err)
	}
	dial, stop := standin.Pipe(http.HandlerFunc(c.ServeHTTP))
	client, err := alicloud.New(alicloud.Options{KMSEndpoint: loopback, CloudMonitorEndpoint: loopback, DialContext: dial})
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{t: t, cloud: c, timeout: timeout, log: &bytes.Buffer{}}
	i.handler = newHandler(s, client, i.log)
	t.Cleanup(func() {
		client.CloseIdleConnections()
		stop()
	})
	return i
}

// invoke delivers a payload once, as the platform does.
func (i *instance) invoke(payload []byte) answer {
	i.t.Helper()
	i.count++
	i.log.Reset()
	id := fmt.Sprintf("request-%d", i.count)
	ctx, cancel := context.WithTimeout(i.t.Context(), i.timeout)
	defer cancel()
	r, err := i.Invoke(fccontext.NewContext(ctx, &fccontext.FcContext{
		RequestID: id, Region: region, AccountId: account, Credentials: contextCredentials(canaryCredentials),
		RetryCount: i.retry,
	}), payload)
	if ctx.Err() != nil {
		i.t.Errorf("%s: the answer came after the deadline, when the platform had killed the instance", id)
	}
	text, errorType := i.answered(r, err)
	i.cloud.sent.search(i.t, "answer and log", slices.Concat(text, i.log.Bytes()))
	return readAnswer(i.t, id, errorType, text, i.log.Bytes())
}

func (i *instance) answered(r any, err error) (text []byte, errorType string) {
	i.t.Helper()
	if err == nil {
		text, err = json.Marshal(r)
		if err != nil {
			i.t.Fatal(err)
		}
		return text, ""
	}
	var failure messages.InvokeResponse_Error
	if !errors.As(err, &failure) || failure.Type == "" {
		i.t.Errorf("failed without an errorType: %v", err)
	}
	return []byte(failure.Message), failure.Type
}

// deliver brings an event until it is taken or the platform gives up, and returns the last answer.
func (i *instance) deliver(payload []byte, after func(answer)) answer {
	i.t.Helper()
	defer func() { i.retry = 0 }()
	for n := 0; ; n++ {
		i.retry = n
		a := i.invoke(payload)
		after(a)
		if !a.failed() || n == platformRetries {
			return a
		}
		time.Sleep(retryPause)
	}
}

func contextCredentials(c standin.Credentials) fccontext.Credentials {
	return fccontext.Credentials{AccessKeyId: c.AccessKeyID, AccessKeySecret: c.AccessKeySecret, SecurityToken: c.SecurityToken}
}
