package fcruntime

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
)

// roleVariable makes the test binary the function under test.
const roleVariable = "TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "function":
		fc.Start(handle)
	case "bad-settings":
		fmt.Fprintln(os.Stderr, `MODE="maybe": want act or observe`)
		os.Exit(1)
	case "never-polls":
		forever()
	}
	os.Exit(m.Run())
}

// order is an event: it calls the URL, prints the lines, and then does what it says.
type order struct {
	Do     string `json:"do,omitempty"`
	URL    string `json:"url,omitempty"`
	Lines  int    `json:"lines,omitempty"`
	Offset int    `json:"offset,omitempty"`
}

// report is what the handler saw.
type report struct {
	Event       string
	PID         int
	RequestID   string
	RetryCount  int
	Credentials fccontext.Credentials
	Name        string
	Handler     string
	Region      string
	AccountID   string
	Timeout     int
	Left        time.Duration
	Environment []string
	Status      int
}

func handle(ctx context.Context, event []byte) (any, error) {
	fctx, _ := fccontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	seen := report{
		Event: string(event), PID: os.Getpid(), RequestID: fctx.RequestID, RetryCount: fctx.RetryCount,
		Credentials: fctx.Credentials, Name: fctx.Function.Name, Handler: fctx.Function.Handler, Region: fctx.Region,
		AccountID: fctx.AccountId, Timeout: fctx.Function.Timeout, Left: time.Until(deadline), Environment: os.Environ(),
	}
	var o order
	_ = json.Unmarshal(event, &o) // what is no order is just reported
	if o.URL != "" {
		if _, err := http.Get(o.URL); err != nil {
			return nil, err
		}
	}
	for n := range o.Lines {
		fmt.Printf("line %d %s\n", o.Offset+n, strings.Repeat("-", 200))
	}
	switch o.Do {
	case "fail":
		return nil, messages.InvokeResponse_Error{Message: "no luck", Type: "luck"}
	case "fail-twice":
		if fctx.RetryCount < 2 {
			return nil, errors.New("not yet")
		}
	case "panic":
		panic("at the disco")
	case "exit":
		os.Exit(3)
	case "hang":
		forever()
	case "answer-twice":
		_, _ = post(fctx.RequestID, `"mine"`)
		status, _ := post(fctx.RequestID, `"again"`)
		_, _ = http.Get(fmt.Sprintf("%s/%d", o.URL, status))
	case "answer-another":
		seen.Status, _ = post("1-00000000-00000000-000000000000", `"stolen"`)
	}
	return seen, nil
}

func post(requestID, body string) (int, error) {
	r, err := http.Post("http://"+os.Getenv("FC_RUNTIME_API")+apiPath+requestID+"/response", "application/json", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	return r.StatusCode, r.Body.Close()
}

// forever waits for a signal that nobody sends, so that the deadlock detector stays quiet.
func forever() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR2)
	<-c
}
