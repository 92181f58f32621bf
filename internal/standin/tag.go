package standin

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The limits on the pages of TagResources and ListTagResources.
const (
	maxTagLength   = 128
	maxResourceIDs = 50
)

// tagSigns are what a tag may hold besides letters and digits.
const tagSigns = `/\_-.+=:@`

type tagList struct {
	Tag []listedTag `json:"Tag"`
}

type listedTag struct {
	TagKey   string `json:"TagKey"`
	TagValue string `json:"TagValue"`
}

func tagResource(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	tags, ok := parseTags(p.Get("Tags"))
	if !ok || len(tags) == 0 {
		return nil, invalidParameter("Tags")
	}
	added := 0
	for key, value := range tags {
		if !validTag(key, value) {
			return nil, invalidParameter("Tags")
		}
		if _, there := s.Tags[key]; !there {
			added++
		}
	}
	if added > 0 && len(s.Tags)+added > k.behavior().TagMax {
		return nil, errTooManyTags
	}
	maps.Copy(s.Tags, tags)
	return &head{}, nil
}

func untagResource(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	s, refused := k.find(p.Get("SecretName"))
	if refused != nil {
		return nil, refused
	}
	var keys []string
	if err := json.Unmarshal([]byte(p.Get("TagKeys")), &keys); err != nil || len(keys) == 0 {
		return nil, invalidParameter("TagKeys")
	}
	for _, key := range keys {
		delete(s.Tags, key)
	}
	return &head{}, nil
}

func untagResources(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	named, refused := k.namedSecrets(p)
	if refused != nil {
		return nil, refused
	}
	keys := repeated(p, "TagKey", "")
	if len(named) == 0 || len(keys) == 0 {
		return nil, missingParameter("ResourceId or TagKey")
	}
	for _, s := range named {
		for _, key := range keys {
			delete(s.Tags, key)
		}
	}
	return &head{}, nil
}

// fetchedTags returns the tags if the request wants them. The default of FetchTags is false.
func (s *secret) fetchedTags(p url.Values) *tagList {
	if p.Get("FetchTags") != "true" {
		return nil
	}
	list := &tagList{Tag: []listedTag{}}
	for _, key := range sortedKeys(s.Tags) {
		list.Tag = append(list.Tag, listedTag{TagKey: key, TagValue: s.Tags[key]})
	}
	return list
}

// parseTags reads the parameter Tags of TagResource, and says whether that was possible.
func parseTags(text string) (map[string]string, bool) {
	if text == "" {
		return nil, true
	}
	var listed []listedTag
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		return nil, false
	}
	tags := map[string]string{}
	for _, tag := range listed {
		tags[tag.TagKey] = tag.TagValue
	}
	return tags, true
}

func validTag(key, value string) bool {
	reserved := strings.HasPrefix(key, "aliyun") || strings.HasPrefix(key, "acs:")
	return key != "" && !reserved && validTagText(key) && validTagText(value)
}

func validTagText(text string) bool {
	outside := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(tagSigns, r)
	}
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxTagLength && !strings.ContainsFunc(text, outside)
}

// tagRowsPerPage is the documented length of a page of ListTagResources.
const tagRowsPerPage = 200

type tagRowList struct {
	head
	NextToken    string `json:"NextToken,omitempty"`
	TagResources struct {
		TagResource []tagRow `json:"TagResource"`
	} `json:"TagResources"`
}

type tagRow struct {
	ResourceID   string `json:"ResourceId"`
	ResourceType string `json:"ResourceType"`
	TagKey       string `json:"TagKey"`
	TagValue     string `json:"TagValue"`
}

func listTagResources(k *KMS, p url.Values, _ time.Time) (identified, *refusal) {
	rows, refused := k.tagRows(p)
	if refused != nil {
		return nil, refused
	}
	list := &tagRowList{}
	list.TagResources.TagResource = []tagRow{}
	first := sort.Search(len(rows), func(i int) bool { return rows[i].place() > p.Get("NextToken") })
	rows = rows[first:]
	if len(rows) > tagRowsPerPage {
		rows = rows[:tagRowsPerPage]
		list.NextToken = rows[tagRowsPerPage-1].place()
	}
	list.TagResources.TagResource = append(list.TagResources.TagResource, rows...)
	return list, nil
}

// tagRows returns all rows that a request asks for, in the order of their places.
func (k *KMS) tagRows(p url.Values) ([]tagRow, *refusal) {
	named, refused := k.namedSecrets(p)
	if refused != nil {
		return nil, refused
	}
	if len(named) == 0 {
		named = slices.Collect(maps.Values(k.secrets))
	}
	var rows []tagRow
	for _, s := range named {
		rows = append(rows, k.rowsOf(s, p)...)
	}
	slices.SortFunc(rows, func(a, b tagRow) int {
		return cmp.Or(strings.Compare(a.ResourceID, b.ResourceID), strings.Compare(a.TagKey, b.TagKey))
	})
	return rows, nil
}

// rowsOf returns the rows of one secret, none if it lacks one of the tags that are asked for.
func (k *KMS) rowsOf(s *secret, p url.Values) []tagRow {
	asked := repeated(p, "Tag", ".Key")
	for i, key := range asked {
		value, there := s.Tags[key]
		want := p.Get("Tag." + strconv.Itoa(i+1) + ".Value")
		if !there || want != "" && want != value {
			return nil
		}
	}
	id := s.Name
	if k.behavior().TagRowsNameARNs {
		id = k.arn(s.Name)
	}
	var rows []tagRow
	for key, value := range s.Tags {
		if len(asked) == 0 || k.behavior().TagRowsOfOtherKeys || slices.Contains(asked, key) {
			rows = append(rows, tagRow{ResourceID: id, ResourceType: "secret", TagKey: key, TagValue: value})
		}
	}
	return rows
}

// place orders rows and is the NextToken after one: whatever is tagged or untagged meanwhile, no row is passed over.
func (r tagRow) place() string { return hex.EncodeToString([]byte(r.ResourceID + "\x00" + r.TagKey)) }

// namedSecrets returns the secrets that ResourceId names, none if it names none.
func (k *KMS) namedSecrets(p url.Values) ([]*secret, *refusal) {
	if p.Get("RegionId") == "" {
		return nil, missingParameter("RegionId")
	}
	if p.Get("ResourceType") != "secret" {
		return nil, invalidParameter("ResourceType")
	}
	ids := repeated(p, "ResourceId", "")
	if len(ids) > maxResourceIDs {
		return nil, invalidParameter("ResourceId")
	}
	var named []*secret
	for _, id := range ids {
		s, refused := k.find(id)
		if refused != nil {
			return nil, refused
		}
		named = append(named, s)
	}
	return named, nil
}
