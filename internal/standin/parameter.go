package standin

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// firstMillisecond lies in 2001. A smaller number is taken for seconds: one page wants those, the others and all examples
// milliseconds, and a client that is wrong should be refused, not find an empty history and believe it.
const firstMillisecond = 1_000_000_000_000

// repeated returns the values of name.1, name.2 and so on, each with a suffix such as .Key.
func repeated(p url.Values, name, suffix string) []string {
	var values []string
	for i := 1; p.Has(name + "." + strconv.Itoa(i) + suffix); i++ {
		values = append(values, p.Get(name+"."+strconv.Itoa(i)+suffix))
	}
	return values
}

// members returns the parameters of name.1, name.2 and so on, each without that beginning.
func members(p url.Values, name string) []url.Values {
	var all []url.Values
	for {
		beginning := name + "." + strconv.Itoa(len(all)+1) + "."
		member := url.Values{}
		for key, values := range p {
			if rest, belongs := strings.CutPrefix(key, beginning); belongs {
				member[rest] = values
			}
		}
		if len(member) == 0 {
			return all
		}
		all = append(all, member)
	}
}

// between reads StartTime and EndTime, in milliseconds. A missing one is no bound.
func between(p url.Values) (from, to int64, refused *refusal) {
	from, fromOK := millisecondParameter(p, "StartTime", 0)
	to, toOK := millisecondParameter(p, "EndTime", math.MaxInt64)
	if !fromOK || !toOK || to < from {
		return 0, 0, parameterInvalid("StartTime, EndTime")
	}
	return from, to, nil
}

func millisecondParameter(p url.Values, name string, missing int64) (int64, bool) {
	if p.Get(name) == "" {
		return missing, true
	}
	ms, err := strconv.ParseInt(p.Get(name), 10, 64)
	return ms, err == nil && ms >= firstMillisecond
}

// keywordsIn says whether a text has what SearchKeywords asks for: a word, or several with "and" or "or" between them.
func keywordsIn(text, keywords string) bool {
	return slices.ContainsFunc(strings.Split(keywords, " or "), func(alternative string) bool {
		missing := func(word string) bool { return !strings.Contains(text, strings.TrimSpace(word)) }
		return !slices.ContainsFunc(strings.Split(alternative, " and "), missing)
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// parameterInvalid is CloudMonitor's code for a parameter that is missing as well as for one that is wrong.
func parameterInvalid(name string) *refusal {
	return &refusal{http.StatusBadRequest, "ParameterInvalid", "The specified parameter is invalid: " + name + "."}
}

const (
	defaultPageSize        = 20 // of KMS
	defaultMonitorPageSize = 10 // of CloudMonitor
	maxPageSize            = 100
)

type page struct {
	PageNumber int `json:"PageNumber"`
	PageSize   int `json:"PageSize"`
	TotalCount int `json:"TotalCount"`
}

// cut returns the page that the parameters ask for.
func cut[T any](all []T, p url.Values, pageSize int) ([]T, page, *refusal) {
	number, err := pageParameter(p, "PageNumber", 1)
	if err != nil || number < 1 {
		return nil, page{}, invalidParameter("PageNumber")
	}
	size, err := pageParameter(p, "PageSize", pageSize)
	if err != nil || size < 1 || size > maxPageSize {
		return nil, page{}, invalidParameter("PageSize")
	}
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	return append([]T{}, all[from:to]...), page{PageNumber: number, PageSize: size, TotalCount: len(all)}, nil
}

func pageParameter(p url.Values, name string, fallback int) (int, error) {
	if p.Get(name) == "" {
		return fallback, nil
	}
	return strconv.Atoi(p.Get(name))
}

// cutMonitor does the same for CloudMonitor, whose pages are shorter by default and whose refusals have other codes.
func cutMonitor[T any](all []T, p url.Values) ([]T, *refusal) {
	rows, _, refused := cut(all, p, defaultMonitorPageSize)
	if refused != nil {
		return nil, parameterInvalid("PageNumber, PageSize")
	}
	return rows, nil
}
