package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const secretName = "acs/ecs/web-1"

var start = time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

// clock is moved by the test only.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// client signs as a well-behaved SDK does.
type client struct {
	t      *testing.T
	url    string
	http   *http.Client
	now    func() time.Time
	nonces atomic.Int64
}

// answer is what came back; err is that of the transport.
type answer struct {
	status int
	text   string
	body   map[string]any
	err    error
}

func (a answer) code() string { code, _ := a.body["Code"].(string); return code }

// serveKMS starts a stand-in with one secret whose version v1 was made a day ago.
func serveKMS(t *testing.T, o Options) (*KMS, *client, *clock) {
	t.Helper()
	clock := &clock{now: start}
	o.Now = clock.Now
	k := New(o)
	k.Put(anECSSecret(nil))
	url, stop, err := Serve(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return k, &client{t: t, url: url, http: noRedirects(&http.Transport{DisableKeepAlives: true}), now: clock.Now}, clock
}

func anECSSecret(rotation func(int) *Failure) Secret {
	return Secret{
		Name:     secretName,
		Versions: []Version{{ID: "v1", CreateTime: start.Add(-24 * time.Hour), Stages: []string{stageCurrent}}},
		Rotation: rotation,
	}
}

func noRedirects(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// params are the signed parameters of a call; pairs are names and values.
func (c *client) params(action string, pairs ...string) url.Values {
	p := url.Values{
		"Action": {action}, "Version": {"2016-01-20"}, "Format": {"JSON"}, "RegionId": {"cn-hangzhou"},
		"AccessKeyId": {DefaultCredentials.AccessKeyID}, "SecurityToken": {DefaultCredentials.SecurityToken},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureType": {""},
		"SignatureNonce": {fmt.Sprint(c.nonces.Add(1))}, "Timestamp": {c.now().UTC().Format(time.RFC3339)},
	}
	for i := 0; i < len(pairs); i += 2 {
		p.Set(pairs[i], pairs[i+1])
	}
	c.sign(p)
	return p
}

func (c *client) sign(p url.Values) {
	p.Set("Signature", Sign(http.MethodPost, p, DefaultCredentials.AccessKeySecret))
}

func (c *client) call(action string, pairs ...string) answer {
	c.t.Helper()
	return c.send(c.request("/?"+c.params(action, pairs...).Encode(), ""))
}

// monitor calls CloudMonitor instead of KMS.
func (c *client) monitor(action string, pairs ...string) answer {
	c.t.Helper()
	return c.call(action, append([]string{"Version", "2019-01-01"}, pairs...)...)
}

func (c *client) rotate(versionID string) answer {
	c.t.Helper()
	return c.call("RotateSecret", "SecretName", secretName, "VersionId", versionID)
}

func (c *client) request(target, form string) *http.Request {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.url+target, strings.NewReader(form))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (c *client) send(r *http.Request) answer {
	response, err := c.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	a := answer{status: response.StatusCode, text: string(text), err: err}
	_ = json.Unmarshal(text, &a.body) // what is no JSON object has no body
	return a
}
