package alicloud

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Between us and KMS stand gateways with answers of their own. One that is taken for an acceptance is a rotation that
// never happened; one that stops the process is a failure that nobody sees.
func TestOddAnswersAreNeitherSuccessNorPanic(t *testing.T) {
	packed := &bytes.Buffer{}
	zip := gzip.NewWriter(packed)
	_, _ = zip.Write([]byte(accepted()))
	_ = zip.Close()

	rows := []struct {
		name, status, body string
		want               string // class, status, code
	}{
		{"an empty success", "200 OK", "", "transient 200 "},
		{"a success without a body", "204 No Content", "", "transient 204 "},
		{"null", "200 OK", "null", "transient 200 "},
		{"an empty object", "200 OK", "{}", "transient 200 "},
		{"an array", "200 OK", "[]", "transient 200 "},
		{"a page of HTML", "200 OK", "<html>welcome</html>", "transient 200 "},
		{"an error that says 200", "200 OK", `{"Code":"InternalFailure"}`, "transient 200 InternalFailure"},
		{"an error that says 200 and fits", "200 OK", strings.Replace(accepted(), "{", `{"Code":500,`, 1), "transient 200 "},
		{"no request id", "200 OK", strings.Replace(accepted(), "RequestId", "Other", 1), "transient 200 "},
		{"a request id that is a number", "200 OK", strings.Replace(accepted(), `"request-1"`, "1", 1), "transient 200 "},
		{"no secret name", "200 OK", strings.Replace(accepted(), "SecretName", "Other", 1), "transient 200 "},
		{"another secret", "200 OK", strings.Replace(accepted(), `"acs/ecs/web-1"`, `"acs/ecs/web-2"`, 1), "transient 200 "},
		{"another version", "200 OK", strings.Replace(accepted(), versionID, "v2", 1), "transient 200 "},
		{"a version that is a number", "200 OK", strings.Replace(accepted(), `"`+versionID+`"`, "1", 1), "transient 200 "},
		{"bytes after the object", "200 OK", accepted() + "x", "transient 200 "},
		{"half an object", "200 OK", accepted()[:60], "transient 200 "},
		{"nesting without end", "200 OK", strings.Repeat("[", 100_000), "transient 200 "},
		{"a packed body that nobody asked for", "200 OK", packed.String(), "transient 200 "},

		{"a code that is a number", "502 Bad Gateway", `{"Code":502,"Message":null,"RequestId":["x"]}`, "transient 502 "},
		{"a refusal whose code is a number", "403 Forbidden", `{"Code":403,"Message":1,"RequestId":2}`, "transient 403 "},
		{"details that are no object", "403 Forbidden", `{"Code":"Forbidden.NoPermission","AccessDeniedDetail":"x"}`, "account 403 Forbidden.NoPermission"},
		{"HTML from a gateway", "502 Bad Gateway", "<html>bad gateway</html>", "transient 502 "},
		{"HTML that refuses", "403 Forbidden", "<html>no</html>", "transient 403 "},
		{"HTML that throttles", "429 Too Many Requests", "<html>slow</html>", "throttled 429 "},
		{"an empty error", "500 Oops", "", "transient 500 "},
		{"nesting in an error", "400 Bad", strings.Repeat("[", 100_000), "transient 400 "},
		{"a code that is a text", "400 Bad", `{"Code":"no such <b>key</b>"}`, "refused 400 "},
		{"a code without end", "400 Bad", `{"Code":"` + strings.Repeat("x", 65) + `"}`, "refused 400 "},
		{"a request id that is a text", "400 Bad", `{"Code":"X","RequestId":"a\nb"}`, "refused 400 X"},
		{"a redirect to nowhere", "301 Moved", "", "transient 301 "},
		{"a change of protocol", "101 Switching Protocols", "", "transient 101 "},
		{"a status that does not exist", "999 What", "", "transient 999 "},
		{"a status of nought", "000 What", accepted(), "transient 0 "},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			k := newKMS(t, serveRaw(t, func(conn net.Conn) {
				discardRequest(conn)
				length := fmt.Sprintf("Content-Length: %d\r\n", len(row.body))
				if strings.HasPrefix(row.status, "101") {
					length = "Upgrade: x\r\nConnection: Upgrade\r\n"
				}
				_, _ = fmt.Fprintf(conn, "HTTP/1.1 %s\r\n%s\r\n%s", row.status, length, row.body)
				discardRequest(conn) // holds the connection open
			}))
			got := failure(t, rotate(within(t, 10*time.Second), k))
			if text := fmt.Sprintf("%s %d %s", got.Class, got.Status, got.Code); text != row.want {
				t.Errorf("got %s, want %s", text, row.want)
			}
			if got.Cause != nil {
				t.Errorf("the call ran into its deadline: %v", got.Cause)
			}
		})
	}
}

// KMS names the caller and its token in the message of a signature error.
func TestTheMessageOfAnAnswerIsNotRepeated(t *testing.T) {
	body := fmt.Sprintf(`{"Code":"SignatureDoesNotMatch","RequestId":"r-1","Message":"server string to sign is:%s %s %s","Recommend":"%s"}`,
		canaries.AccessKeyID, canaries.SecurityToken, canaries.AccessKeySecret, canaries.SecurityToken)
	got := failure(t, rotate(t.Context(), newKMS(t, answering(t, 400, body))))
	want := &remediation.CallError{Action: "RotateSecret", Class: remediation.Account, Status: 400, Code: "SignatureDoesNotMatch", RequestID: "r-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// The answer of any call is judged alike, also where nothing of it is used.
func TestATagIsWrittenOnlyIfKMSSaysSo(t *testing.T) {
	for _, body := range []string{"", "null", "{}", `{"Code":"X","RequestId":"r"}`, "<html>"} {
		checkClass(t, newKMS(t, answering(t, 200, body)).TagSecret(t.Context(), secretName, "k", "v"), remediation.Transient)
	}
	if err := newKMS(t, answering(t, 200, `{"RequestId":"r"}`)).TagSecret(t.Context(), secretName, "k", "v"); err != nil {
		t.Error(err)
	}
}

func FuzzNoAnswerPanics(f *testing.F) {
	for _, seed := range []string{accepted(), `{"Code":502}`, "null", "[[", `{"VersionIds":{"VersionId":[null]}}`} {
		f.Add(200, []byte(seed))
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, succeeded := range []successCheck{kmsSuccess, cloudMonitorSuccess} {
			var reply secretReply
			a, err := readResponse("DescribeSecret", status, body, succeeded, &reply)
			tags, _ := decodeRows[tagReply](reply.Tags, "Tag")
			if id := reply.secret(tags).InstanceID; safeToken(id) != id {
				t.Errorf("the instance %q would be logged", id)
			}
			if (status < 200 || status > 299) && err == nil {
				t.Errorf("HTTP %d is a success", status)
			}
			if safeToken(a.code) != a.code || safeToken(a.requestID) != a.requestID {
				t.Errorf("%q %q would be logged", a.code, a.requestID)
			}
		}
	})
}
