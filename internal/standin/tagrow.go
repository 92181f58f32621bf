package standin

import (
	"cmp"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

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
	if k.world().TagRowsNameARNs {
		id = k.arn(s.Name)
	}
	var rows []tagRow
	for key, value := range s.Tags {
		if len(asked) == 0 || k.world().TagRowsOfOtherKeys || slices.Contains(asked, key) {
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
