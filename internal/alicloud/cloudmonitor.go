package alicloud

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

var _ remediation.CloudMonitor = (*CloudMonitor)(nil)

// CloudMonitor makes the calls to CloudMonitor in one region, with the credentials of one invocation.
type CloudMonitor struct{ caller }

// CloudMonitor returns the calls to CloudMonitor in a region. It makes no connection.
func (c *Client) CloudMonitor(region string, cred Credentials) *CloudMonitor {
	target, _ := c.cloudMonitor.target(region) // none for a region that is none, which refuses each call
	return &CloudMonitor{caller{client: c, target: target, region: region, judge: judgeCloudMonitor, cred: func() Credentials { return cred }}}
}

// RotationEvents reads one page of the history.
func (m *CloudMonitor) RotationEvents(ctx context.Context, name string, from, to time.Time, page int) (remediation.HistoryPage, error) {
	rows, err := m.systemEventRows(ctx, EventQuery{Name: name, From: from, To: to}, page)
	if err != nil {
		return remediation.HistoryPage{}, err
	}
	history := remediation.HistoryPage{More: fullPage(rows)}
	for _, row := range rows {
		event, err := readSystemEvent(row)
		if err != nil {
			history.Unreadable++
			continue
		}
		read, err := events.FromHistory(event.HistoryItem)
		history.Events = append(history.Events, read...)
		if err != nil {
			history.Unreadable++
		}
	}
	return history, nil
}

// milliseconds is the form of the examples, and of all descriptions but one, which says seconds.
func milliseconds(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// judgeCloudMonitor knows that CloudMonitor says whether it succeeded in Success, which is true or "true" depending on
// the document, beside a Code of 200. It can refuse with HTTP status 200.
func judgeCloudMonitor(h head) remediation.Class {
	code := codeOf(h)
	switch h.Success {
	case true, "true":
		if code == "" || code == "200" {
			return ""
		}
	case false, "false", nil:
		return classify(statusIn(code), code, text(h.Message))
	}
	return remediation.Transient
}

// judgeCode is for the answers that have no Success by their documents: then the Code alone speaks.
func judgeCode(h head) remediation.Class {
	if h.Success == nil && codeOf(h) == "200" {
		return ""
	}
	return judgeCloudMonitor(h)
}

// judgedBy returns the same caller with another idea of a success.
func (m *CloudMonitor) judgedBy(judge verdict) caller {
	c := m.caller
	c.judge = judge
	return c
}

// codeOf returns the code of an answer, which is text or a number depending on the document.
func codeOf(h head) string {
	if number, ok := h.Code.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return text(h.Code)
}

// statusIn returns the HTTP status that a code names, and that of a refusal for a code in words.
func statusIn(code string) int {
	if status, err := strconv.Atoi(code); err == nil {
		return status
	}
	return http.StatusBadRequest
}
