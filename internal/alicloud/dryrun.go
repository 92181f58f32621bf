package alicloud

import (
	"context"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
)

// SendDryRunEvent has CloudMonitor raise an event, which goes to the targets of all rules that let it through. content
// is a JSON object. No document shows a mark by which a target could tell it from a real one.
func (m *CloudMonitor) SendDryRunEvent(ctx context.Context, product, name, content string) error {
	request := cms.CreateSendDryRunSystemEventRequest()
	request.Product = product
	request.EventName = name
	request.EventContent = content
	_, err := m.call(ctx, request, &struct{}{})
	return err
}
