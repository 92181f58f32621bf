package standin

import (
	"net/url"
	"slices"
	"strings"
)

// The limits on the page of PutEventRule.
const (
	maxPatterns      = 50
	maxPatternValues = 50
)

// The values of the lists that are closed, and of the Relation of a KeywordFilter.
var (
	patternLevels     = []string{"CRITICAL", "WARN", "INFO", "*"}
	patternEventTypes = []string{"StatusNotification", "Exception", "Maintenance", "*"}
	keywordRelations  = []string{"", "OR", "NOT"}
)

// EventPattern says of which events an EventRule speaks: by EventPattern.N on the page of PutEventRule. An empty list is
// no restriction.
type EventPattern struct {
	Product         string
	Names           []string
	Statuses        []string
	Levels          []string
	EventTypes      []string
	SQLFilter       string
	CustomFilters   string
	Keywords        []string
	KeywordRelation string // OR or NOT
}

func (e EventPattern) clone() EventPattern {
	for _, list := range []*[]string{&e.Names, &e.Statuses, &e.Levels, &e.EventTypes, &e.Keywords} {
		*list = slices.Clone(*list)
	}
	return e
}

func eventPatterns(p url.Values) ([]EventPattern, *refusal) {
	sent := members(p, "EventPattern")
	if len(sent) == 0 || len(sent) > maxPatterns {
		return nil, parameterInvalid("EventPattern")
	}
	var all []EventPattern
	for _, one := range sent {
		pattern := EventPattern{
			Product: one.Get("Product"), Names: repeated(one, "NameList", ""), Statuses: repeated(one, "StatusList", ""),
			Levels: repeated(one, "LevelList", ""), EventTypes: repeated(one, "EventTypeList", ""),
			SQLFilter: one.Get("SQLFilter"), CustomFilters: one.Get("CustomFilters"),
			Keywords: repeated(one, "KeywordFilter.Keywords", ""), KeywordRelation: one.Get("KeywordFilter.Relation"),
		}
		if wrong := pattern.wrong(); wrong != "" {
			return nil, parameterInvalid("EventPattern." + wrong)
		}
		all = append(all, pattern)
	}
	return all, nil
}

// wrong returns the member that must not be as it is, or "".
func (e EventPattern) wrong() string {
	outside := func(values, known []string) bool {
		return slices.ContainsFunc(values, func(value string) bool { return !slices.Contains(known, value) })
	}
	switch {
	case e.Product == "":
		return "Product"
	case len(e.Names) > maxPatternValues:
		return "NameList"
	case len(e.Statuses) > maxPatternValues:
		return "StatusList"
	case outside(e.Levels, patternLevels):
		return "LevelList"
	case outside(e.EventTypes, patternEventTypes):
		return "EventTypeList"
	case !slices.Contains(keywordRelations, e.KeywordRelation):
		return "KeywordFilter.Relation"
	}
	return ""
}

// patternRow is a pattern as both Describe actions show it: each list stands in an object, under its own name again.
type patternRow struct {
	Product       string              `json:"Product"`
	CustomFilters string              `json:"CustomFilters,omitempty"`
	SQLFilter     string              `json:"SQLFilter,omitempty"`
	LevelList     map[string][]string `json:"LevelList"`
	EventTypeList map[string][]string `json:"EventTypeList"`
	NameList      map[string][]string `json:"NameList"`
}

func (e EventPattern) row(w Behavior) patternRow {
	row := patternRow{
		Product: e.Product, CustomFilters: e.CustomFilters, SQLFilter: e.SQLFilter,
		LevelList: boxed("LevelList", e.Levels), EventTypeList: boxed("EventTypeList", e.EventTypes),
		NameList: boxed("NameList", e.Names),
	}
	if w.RuleProductsInLowerCase {
		row.Product = strings.ToLower(row.Product)
	}
	return row
}

func boxed(name string, values []string) map[string][]string {
	return map[string][]string{name: append([]string{}, values...)}
}
