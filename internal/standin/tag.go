package standin

import (
	"encoding/json"
	"maps"
	"net/url"
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
	if added > 0 && len(s.Tags)+added > k.world().TagMax {
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
