package alicloud

import (
	"fmt"
	"strings"
	"time"
)

// ruleRow is a rule as DescribeEventRuleList gives it.
type ruleRow struct {
	Name, Description, EventType, State string

	GroupId, SilenceTime loose

	EventPattern struct{ EventPattern []patternRow }
}

// patternRow is what a rule lets through.
type patternRow struct {
	Product, SQLFilter, CustomFilters string

	NameList      struct{ NameList []string }
	LevelList     struct{ LevelList []string }
	EventTypeList struct{ EventTypeList []string }
	StatusList    struct{ StatusList []string } // can be written, and no document lists it here
	KeywordFilter struct {
		Relation string
		Keywords struct{ Keywords []string }
	}
}

func (r ruleRow) rule() Rule {
	rule := Rule{Name: r.Name, Description: r.Description, EventType: r.EventType, State: r.State}
	seconds, known := r.SilenceTime.count()
	rule.Silence, rule.SilenceKnown = time.Duration(seconds)*time.Second, known
	var first patternRow
	if patterns := r.EventPattern.EventPattern; len(patterns) > 0 {
		first = patterns[0]
	}
	rule.Product = first.Product
	rule.Names = first.NameList.NameList
	rule.Levels = first.LevelList.LevelList
	rule.EventTypes = first.EventTypeList.EventTypeList
	rule.Filter = strings.Join(r.filters(first), "; ")
	return rule
}

// filters says in words what has no field in a Rule. A rule with several patterns can be written, and every document
// shows one: then the others are only counted.
func (r ruleRow) filters(p patternRow) []string {
	var said []string
	add := func(name, value string) {
		if value != "" {
			said = append(said, name+" "+value)
		}
	}
	if n := len(r.EventPattern.EventPattern); n > 1 {
		said = append(said, fmt.Sprintf("the first of %d patterns", n))
	}
	if r.GroupId != "0" { // which stands for no group
		add("application group", string(r.GroupId))
	}
	add("status", strings.Join(p.StatusList.StatusList, ", "))
	add("SQL filter", p.SQLFilter)
	add("custom filter", p.CustomFilters)
	if keywords := strings.Join(p.KeywordFilter.Keywords.Keywords, ", "); keywords != "" {
		add("keywords", strings.TrimSpace(p.KeywordFilter.Relation+" "+keywords))
	}
	return said
}
