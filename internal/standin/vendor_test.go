package standin

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/cms"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/kms"
	"github.com/google/go-cmp/cmp"
)

// A client that is written against the vendor's types would find a field empty that has another name or place here.
func TestAnswersHaveTheFieldsOfTheVendorsTypes(t *testing.T) {
	listTags := []string{"RegionId", "cn-hangzhou", "ResourceType", "secret"}
	secret := []string{"SecretName", secretName}
	rule := []string{"RuleName", ruleName}
	refusedTargets := []string{
		"RuleName", ruleName, "ContactParameters.1.Id", "1", "ContactParameters.1.ContactGroupName", "refused", "ContactParameters.1.Level", "4",
		"FcParameters.1.Id", "2", "FcParameters.1.Region", "cn-hangzhou", "FcParameters.1.ServiceName", "s", "FcParameters.1.FunctionName", "refused",
		"MnsParameters.1.Id", "3", "MnsParameters.1.Region", "cn-hangzhou", "MnsParameters.1.Queue", "refused",
	}
	tests := []struct {
		action string
		pairs  []string
		into   any
		beyond []string // members that only later editions of the vendor's SDK have
	}{
		{"DescribeSecret", []string{"SecretName", "s0", "FetchTags", "true"}, kms.CreateDescribeSecretResponse(), []string{"OwingService"}},
		{"ListSecretVersionIds", secret, kms.CreateListSecretVersionIdsResponse(), nil},
		{"ListSecrets", []string{"FetchTags", "true"}, kms.CreateListSecretsResponse(), []string{"SecretList.Secret.OwingService"}},
		{"RotateSecret", append(secret, "VersionId", "v2"), kms.CreateRotateSecretResponse(), nil},
		{"TagResource", append(secret, "Tags", `[{"TagKey":"k","TagValue":"v"}]`), kms.CreateTagResourceResponse(), nil},
		{"UntagResource", append(secret, "TagKeys", `["k"]`), kms.CreateUntagResourceResponse(), nil},
		{"UntagResources", append(listTags, "ResourceId.1", secretName, "TagKey.1", "k"), kms.CreateUntagResourcesResponse(), nil},
		{"ListTagResources", listTags, kms.CreateListTagResourcesResponse(), nil},
		{"DescribeSystemEventAttribute", nil, cms.CreateDescribeSystemEventAttributeResponse(), []string{"SystemEvents.SystemEvent.Id"}},
		{"DescribeSystemEventMetaList", nil, cms.CreateDescribeSystemEventMetaListResponse(), nil},
		{"SendDryRunSystemEvent", []string{"Product", "KMS", "EventName", EventFailure, "EventContent", dryContent}, cms.CreateSendDryRunSystemEventResponse(), nil},
		{"PutEventRule", []string{"RuleName", "new", "EventPattern.1.Product", "KMS"}, cms.CreatePutEventRuleResponse(), nil},
		{"DescribeEventRuleList", nil, cms.CreateDescribeEventRuleListResponse(), nil},
		{"DescribeEventRuleAttribute", rule, cms.CreateDescribeEventRuleAttributeResponse(), []string{
			"Result.EventPattern.CustomFilters", "Result.EventPattern.SQLFilter",
		}},
		{"PutEventRuleTargets", refusedTargets, cms.CreatePutEventRuleTargetsResponse(), nil},
		{"DescribeEventRuleTargetList", rule, cms.CreateDescribeEventRuleTargetListResponse(), nil},
		{"DeleteEventRuleTargets", append(rule, "Ids.1", "1"), cms.CreateDeleteEventRuleTargetsResponse(), nil},
		{"DeleteEventRules", []string{"RuleNames.1", "new"}, cms.CreateDeleteEventRulesResponse(), nil},
		{"PutCustomEvent", []string{"EventInfo.1.EventName", "e", "EventInfo.1.Content", "c"}, cms.CreatePutCustomEventResponse(), nil},
		{"DescribeCustomEventAttribute", nil, cms.CreateDescribeCustomEventAttributeResponse(), nil},
		{"PutCustomEventRule", []string{
			"RuleId", "1", "RuleName", "reports", "EventName", "e", "GroupId", "0", "Level", "WARN", "Threshold", "1", "ContactGroups", "ops",
		}, cms.CreatePutCustomEventRuleResponse(), nil},
	}
	if want := len(keyManagement.actions) + len(cloudMonitor.actions); len(tests) != want {
		t.Errorf("%d actions are tested, %d exist", len(tests), want)
	}
	c := serveEverything(t)
	for _, tt := range tests {
		t.Run(tt.action, func(t *testing.T) {
			got := c.call(tt.action, append([]string{"Version", serviceOf(tt.action).version}, tt.pairs...)...)
			if err := json.Unmarshal([]byte(got.text), tt.into); got.status != 200 || err != nil {
				t.Fatalf("answered %d %.300s, decoding it: %v", got.status, got.text, err)
			}
			want := fieldsOf(reflect.TypeOf(tt.into), "")
			if missing := subtract(want, append(membersOf(got.body, ""), ofOtherActions[tt.action]...)); len(missing) > 0 {
				t.Errorf("the vendor's type has %v, the answer has not", missing)
			}
			if diff := cmp.Diff(tt.beyond, subtract(membersOf(got.body, ""), want)); diff != "" {
				t.Errorf("members that the vendor's type lacks (-want +got):\n%s", diff)
			}
		})
	}
}

// ofOtherActions are fields of types that the vendor's SDK shares with other actions.
var ofOtherActions = map[string][]string{
	"DescribeSecret": {"Tags.Tag.KeyId"},
	"ListSecrets":    {"SecretList.Secret.Tags.Tag.KeyId"},
	"DescribeEventRuleAttribute": {
		"Result.Message", "Result.Code", "Result.RuleName", "Result.Detail", "Result.RuleId", "Result.Success", "Result.RequestId",
		"Result.notifyTargetList.NotifyTarget",
	},
}

// serveEverything starts a stand-in in which no list is empty and no field left out.
func serveEverything(t *testing.T) *client {
	t.Helper()
	k, c, _ := serveKMS(t, Options{Behavior: Behavior{HistoryGivesID: true}})
	for i := range tagRowsPerPage + 1 { // one more than a page of tags
		k.Put(Secret{
			Name: fmt.Sprint("s", i), Tags: map[string]string{"a": "b"}, PlannedDeleteTime: start,
			RotationInterval: 7 * 24 * time.Hour, LastRotationDate: start, NextRotationDate: start.Add(time.Hour),
		})
	}
	k.PutRule(EventRule{Name: ruleName, State: ruleEnabled, Patterns: []EventPattern{{
		Product: "KMS", Levels: []string{"*"}, EventTypes: []string{"*"}, Names: []string{EventFailure}, Statuses: []string{"Failed"},
		CustomFilters: "x", SQLFilter: "y", Keywords: []string{"z"}, KeywordRelation: "OR",
	}}})
	k.RefuseTargets(func(target EventTarget) bool {
		return slices.Contains([]string{target.ContactGroup, target.Function, target.Queue}, "refused")
	})
	for _, kind := range TargetKinds {
		arn := "a"
		if kind == ContactTarget || kind == URLTarget {
			arn = ""
		}
		k.PutTarget(ruleName, EventTarget{
			Kind: kind, ID: string(kind), ARN: arn, Region: "r", Service: "s", Function: "f", Queue: "q", Topic: "t", Project: "p",
			LogStore: "l", URL: "u", Method: "POST", Protocol: "http", ContactGroup: "c", Level: "4", Product: "p", Version: "v",
			Action: "a", Role: "r", JSONParams: "{}",
		})
	}
	if err := k.ScheduledFailure(secretName, Failure{}); err != nil {
		t.Fatal(err)
	}
	return c
}

// fieldsOf returns the paths of all members that a type decodes, lists left out of the path.
func fieldsOf(v reflect.Type, path string) (all []string) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return []string{strings.TrimPrefix(path, ".")}
	}
	for i := range v.NumField() {
		if name := v.Field(i).Tag.Get("json"); name != "" {
			all = append(all, fieldsOf(v.Field(i).Type, path+"."+name)...)
		}
	}
	return all
}

// membersOf returns the same of an answer.
func membersOf(v any, path string) (all []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			all = append(all, membersOf(v[name], path+"."+name)...)
		}
	case []any:
		for _, one := range v {
			all = append(all, membersOf(one, path)...)
		}
	default:
		all = []string{strings.TrimPrefix(path, ".")}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func subtract(from, all []string) (left []string) {
	for _, one := range from {
		if !slices.Contains(all, one) {
			left = append(left, one)
		}
	}
	return left
}
