package alicloud

import (
	"context"
	"encoding/json"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"

	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// putTargets sends the request and reads the answer whatever it says of its success, since a refusal has the names too.
func (m *CloudMonitor) putTargets(ctx context.Context, request requests.AcsRequest, sent []Target) ([]Target, error) {
	var said remediation.Class
	listen := func(h head) remediation.Class {
		said = judgeCloudMonitor(h)
		return ""
	}
	var body json.RawMessage
	answer, err := m.judgedBy(listen).call(ctx, request, &body)
	if err != nil {
		return nil, err
	}
	refused, some, err := refusedOf(body, sent)
	switch {
	case said != "":
		return refused, answer.failure(said)
	case err != nil:
		return nil, answer.unreadable()
	case some:
		return refused, answer.failure(remediation.Refused)
	}
	return nil, nil
}

// refusedOf reads which targets were not taken, and whether there are any.
func refusedOf(body []byte, sent []Target) (refused []Target, some bool, err error) {
	var reply struct {
		FailedParameterCount loose

		FailedFcParameters      struct{ FcParameter []targetRow }
		FailedMnsParameters     struct{ MnsParameter []targetRow }
		FailedContactParameters struct{ ContactParameter []targetRow }
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return nil, false, err
	}
	var failed targetLists
	failed.FcParameters.FcParameter = reply.FailedFcParameters.FcParameter
	failed.MnsParameters.MnsParameter = reply.FailedMnsParameters.MnsParameter
	failed.ContactParameters.ContactParameter = reply.FailedContactParameters.ContactParameter
	for _, target := range failed.targets() {
		refused = append(refused, asSent(target, sent))
	}
	count := reply.FailedParameterCount
	return refused, len(refused) > 0 || count != "" && count != "0", nil
}

// asSent returns the target that was sent, if the answer names one, and what the answer says of it otherwise.
func asSent(said Target, sent []Target) Target {
	for _, target := range sent {
		if target.Kind == said.Kind && target.ID == said.ID {
			return target
		}
	}
	return said
}
