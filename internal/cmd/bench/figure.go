package main

import (
	"slices"
	"time"
)

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

func ratio(all, base []time.Duration) float64 {
	return float64(median(all)) / float64(median(base))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
