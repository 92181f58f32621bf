package standin

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The record lives in a tag: one that the real service would refuse must be refused here.
func TestATagIsTakenOnlyWithinItsLimits(t *testing.T) {
	tag := func(key, value string) string { return string(mustMarshal([]listedTag{{key, value}})) }
	long := strings.Repeat("a", maxTagLength)
	tests := []struct {
		name string
		tags string
		code string
	}{
		{"all signs that are allowed", tag("rotation-remediation-record", `aZ9/\_-.+=:@`), ""},
		{"letters of another script", tag("团队", "é"), ""},
		{"an empty value", tag("k", ""), ""},
		{"as long as can be", tag(long, long), ""},
		{"a value too long", tag("k", long+"a"), "InvalidParameter"},
		{"a key too long", tag(long+"a", "v"), "InvalidParameter"},
		{"a blank", tag("k", "a b"), "InvalidParameter"},
		{"a semicolon", tag("k", "a;b"), "InvalidParameter"},
		{"no key", tag("", "v"), "InvalidParameter"},
		{"a key of the platform", tag("acs:x", "v"), "InvalidParameter"},
		{"a key of the vendor", tag("aliyunx", "v"), "InvalidParameter"},
		{"no JSON", "k=v", "InvalidParameter"},
		{"no tag at all", "[]", "InvalidParameter"},
		{"one good and one bad", `[{"TagKey":"good","TagValue":"v"},{"TagKey":"bad","TagValue":" "}]`, "InvalidParameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			got := c.call("TagResource", "SecretName", secretName, "Tags", tt.tags)
			if got.code() != tt.code {
				t.Errorf("answered %d %s, want code %q", got.status, got.text, tt.code)
			}
			s, _ := k.Secret(secretName)
			if written := len(s.Tags) > 0; written != (tt.code == "") {
				t.Errorf("tags are %v after code %q", s.Tags, got.code())
			}
		})
	}
}

// A secret without room for the record is a case of its own; replacing what is there needs no room.
func TestASecretHoldsOnlySoManyTags(t *testing.T) {
	for limit, behavior := range map[int]Behavior{10: {}, 20: {TagMax: 20}} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: behavior})
			for i := range limit {
				k.Tag(secretName, fmt.Sprint("k", i), "v")
			}
			write := func(key string) string {
				return c.call("TagResource", "SecretName", secretName, "Tags", `[{"TagKey":"`+key+`","TagValue":"new"}]`).code()
			}
			if code := write("k0"); code != "" {
				t.Errorf("replacing a tag: %s, want success", code)
			}
			if code := write("more"); code != "Rejected.LimitExceeded" {
				t.Errorf("one tag more: %q, want Rejected.LimitExceeded", code)
			}
			k.Untag(secretName, "k1")
			if code := write("more"); code != "" {
				t.Errorf("after one was removed: %s, want success", code)
			}
			k.Tag(secretName, "by-hand", "v")
			if code := write("k0"); code != "" {
				t.Errorf("replacing one of too many: %s, want success", code)
			}
		})
	}
}

// A record that stays although its removal succeeded would keep an episode alive for ever.
func TestTagsAreRemovedByEitherAction(t *testing.T) {
	tests := []struct {
		name   string
		action string
		pairs  []string
		code   string
		want   []string
	}{
		{"of one secret", "UntagResource", []string{"SecretName", secretName, "TagKeys", `["a","absent"]`}, "", []string{"b"}},
		{"of one secret, unreadable", "UntagResource", []string{"SecretName", secretName, "TagKeys", `a`}, "InvalidParameter", []string{"a", "b"}},
		{"of named secrets", "UntagResources", []string{"ResourceType", "secret", "ResourceId.1", secretName, "TagKey.1", "a", "TagKey.2", "b"}, "", nil},
		{"of no secret", "UntagResources", []string{"ResourceType", "secret", "TagKey.1", "a"}, "MissingParameter", []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{})
			k.Tag(secretName, "a", "1")
			k.Tag(secretName, "b", "2")
			if got := c.call(tt.action, tt.pairs...); got.code() != tt.code {
				t.Errorf("answered %d %s, want code %q", got.status, got.text, tt.code)
			}
			s, _ := k.Secret(secretName)
			if got := slices.Sorted(maps.Keys(s.Tags)); !slices.Equal(got, tt.want) {
				t.Errorf("tags left %v, want %v", got, tt.want)
			}
		})
	}
}

// The timer finds its work by this list: a filter that gives too little loses episodes.
func TestTagsOfARegionAreListedAsAsked(t *testing.T) {
	const arn = "acs:kms:cn-hangzhou:1000000000000001:secret/"
	tests := []struct {
		name     string
		behavior Behavior
		pairs    []string
		want     []string
	}{
		{"all", Behavior{}, nil, []string{"a other=1", "a record=x", "b other=2", "c record=y"}},
		{"one key", Behavior{}, []string{"Tag.1.Key", "record"}, []string{"a record=x", "c record=y"}},
		{"one key, where all tags of its secrets come", Behavior{TagRowsOfOtherKeys: true}, []string{"Tag.1.Key", "record"},
			[]string{"a other=1", "a record=x", "c record=y"}},
		{"a key and its value", Behavior{}, []string{"Tag.1.Key", "record", "Tag.1.Value", "y"}, []string{"c record=y"}},
		{"two keys at once", Behavior{}, []string{"Tag.1.Key", "record", "Tag.2.Key", "other"}, []string{"a other=1", "a record=x"}},
		{"named secrets", Behavior{}, []string{"ResourceId.1", "b", "ResourceId.2", arn + "c"}, []string{"b other=2", "c record=y"}},
		{"by ARN", Behavior{TagRowsNameARNs: true}, []string{"Tag.1.Key", "other"}, []string{arn + "a other=1", arn + "b other=2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, c, _ := serveKMS(t, Options{Behavior: tt.behavior})
			k.Put(Secret{Name: "c", Tags: map[string]string{"record": "y"}})
			k.Put(Secret{Name: "a", Tags: map[string]string{"record": "x", "other": "1"}})
			k.Put(Secret{Name: "b", Tags: map[string]string{"other": "2"}})
			rows, next := listTags(c, tt.pairs...)
			if diff := cmp.Diff(tt.want, rows); diff != "" || next != "" {
				t.Errorf("next token %q, rows (-want +got):\n%s", next, diff)
			}
		})
	}
}

// A row that is passed over because another was removed meanwhile is an episode that is never observed.
func TestPagesOfTagsPassNothingOver(t *testing.T) {
	k, c, _ := serveKMS(t, Options{})
	for i := range 401 {
		k.Put(Secret{Name: fmt.Sprintf("s%03d", i), Tags: map[string]string{"record": "x"}})
	}
	first, next := listTags(c, "Tag.1.Key", "record")
	for i := range 100 {
		k.Untag(fmt.Sprintf("s%03d", i), "record")
	}
	second, next := listTags(c, "Tag.1.Key", "record", "NextToken", next)
	third, next := listTags(c, "Tag.1.Key", "record", "NextToken", next)
	if len(first) != 200 || len(second) != 200 || len(third) != 1 || next != "" || third[0] != "s400 record=x" {
		t.Errorf("pages of %d, %d and %d rows, then token %q, want 200, 200 and 1, then none", len(first), len(second), len(third), next)
	}
}

// An improper request is refused, so that a client does not take a mistake for an empty region.
func TestAListOfTagsNeedsRegionAndType(t *testing.T) {
	_, c, _ := serveKMS(t, Options{})
	if got := c.call("ListTagResources", "ResourceType", "key"); got.code() != "InvalidParameter" {
		t.Errorf("another type: %d %s, want InvalidParameter", got.status, got.text)
	}
	if got := c.call("ListTagResources", "ResourceType", "secret", "RegionId", ""); got.code() != "MissingParameter" {
		t.Errorf("no region: %d %s, want MissingParameter", got.status, got.text)
	}
	if got := c.call("ListTagResources", "ResourceType", "secret", "ResourceId.1", "other"); got.code() != "Forbidden.ResourceNotFound" {
		t.Errorf("no such secret: %d %s, want Forbidden.ResourceNotFound", got.status, got.text)
	}
	var many []string
	for i := range maxResourceIDs + 1 {
		many = append(many, fmt.Sprint("ResourceId.", i+1), secretName)
	}
	if got := c.call("ListTagResources", append(many, "ResourceType", "secret")...); got.code() != "InvalidParameter" {
		t.Errorf("too many secrets: %d %s, want InvalidParameter", got.status, got.text)
	}
}

func listTags(c *client, pairs ...string) (rows []string, next string) {
	got := c.call("ListTagResources", append(pairs, "ResourceType", "secret")...)
	list, _ := got.body["TagResources"].(map[string]any)
	all, _ := list["TagResource"].([]any)
	for _, one := range all {
		row := one.(map[string]any)
		rows = append(rows, fmt.Sprintf("%s %s=%s", row["ResourceId"], row["TagKey"], row["TagValue"]))
	}
	next, _ = got.body["NextToken"].(string)
	return rows, next
}
