package standin

import (
	"net/url"
	"strconv"
)

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
