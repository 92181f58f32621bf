package main

import (
	"slices"
	"time"
)

// best returns the shortest time: on a machine with other work all else measures that work.
func best(all []time.Duration) time.Duration { return slices.Min(all) }

func ratio(all, base []time.Duration) float64 { return float64(best(all)) / float64(best(base)) }

func above(all, base []time.Duration) float64 { return milliseconds(best(all) - best(base)) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
