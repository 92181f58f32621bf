package alicloud

// targetLists is what DescribeEventRuleTargetList answers.
type targetLists struct {
	FcParameters      struct{ FcParameter []targetRow } // FCParameter here and FcParameter elsewhere; case does not count
	MnsParameters     struct{ MnsParameter []targetRow }
	WebhookParameters struct{ WebhookParameter []targetRow }
	SlsParameters     struct{ SlsParameter []targetRow }
	ContactParameters struct{ ContactParameter []targetRow }
	OpenApiParameters struct{ OpenApiParameters []targetRow }
}

// targetRow is a row of any of the lists. The ID is a number in one answer and text in another.
type targetRow struct {
	Id, Level loose

	Arn, Region, ServiceName, FunctionName, Queue, Topic, Url, Method, Protocol, Project, LogStore, ContactGroupName string
}

func (l targetLists) targets() []Target {
	lists := []struct {
		kind TargetKind
		rows []targetRow
	}{
		{FunctionTarget, l.FcParameters.FcParameter},
		{QueueTarget, l.MnsParameters.MnsParameter},
		{URLTarget, l.WebhookParameters.WebhookParameter},
		{LogTarget, l.SlsParameters.SlsParameter},
		{ContactTarget, l.ContactParameters.ContactParameter},
		{OpenAPITarget, l.OpenApiParameters.OpenApiParameters},
	}
	var targets []Target
	for _, list := range lists {
		for _, row := range list.rows {
			targets = append(targets, row.target(list.kind))
		}
	}
	return targets
}

func (r targetRow) target(kind TargetKind) Target {
	if kind == QueueTarget && r.Queue == "" {
		kind = TopicTarget
	}
	return Target{
		Kind: kind, ID: string(r.Id), ARN: r.Arn, Region: r.Region, Service: r.ServiceName, Function: r.FunctionName,
		Queue: r.Queue, Topic: r.Topic, URL: r.Url, Method: r.Method, Protocol: r.Protocol,
		Project: r.Project, Logstore: r.LogStore, ContactGroup: r.ContactGroupName, Level: string(r.Level),
	}
}
