package standin

import (
	"net/url"
	"time"
)

// eventMeta describes one kind of system event in the catalogue of DescribeSystemEventMetaList.
type eventMeta struct {
	Product    string `json:"Product"`
	EventType  string `json:"EventType"`
	Name       string `json:"Name"`
	NameDesc   string `json:"NameDesc"`
	NameDescEn string `json:"NameDesc.En"`
	Level      string `json:"Level"`
	Status     string `json:"Status"`
	StatusDesc string `json:"StatusDesc"`
}

// catalogue has the events of KMS whose names are published, and one of another product, as the real one has hundreds.
var catalogue = []eventMeta{
	{"ECS", "StatusNotification", "Instance:StateChange", "实例状态改变通知", "Instance state change", "INFO", "Normal", "正常"},
	{"KMS", "Exception", EventFailure, "托管凭据轮转失败", "Managed secret rotation failed", "CRITICAL", "Failed", "失败"},
	{"KMS", "StatusNotification", EventSuccess, "托管凭据轮转成功", "Managed secret rotation succeeded", "INFO", "Normal", "正常"},
}

// metaList is alone in having a number for its Code.
type metaList struct {
	head
	Code    int    `json:"Code"`
	Message string `json:"Message"`
	Success bool   `json:"Success"`
	Data    struct {
		Resource []eventMeta `json:"Resource"`
	} `json:"Data"`
}

// describeSystemEventMetaList gives the whole catalogue in one answer.
func describeSystemEventMetaList(*KMS, url.Values, time.Time) (identified, *refusal) {
	list := &metaList{Code: 200, Message: "success", Success: true}
	list.Data.Resource = catalogue
	return list, nil
}

// eventTypeOf returns the type of an event, "" for one that the catalogue does not have.
func eventTypeOf(product, name string) string {
	for _, meta := range catalogue {
		if meta.Product == product && meta.Name == name {
			return meta.EventType
		}
	}
	return ""
}
