package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
)

const wantMode = "want act or observe"

func parseMode(value string) (Mode, error) {
	if mode := Mode(value); mode == Act || mode == Observe {
		return mode, nil
	}
	return "", errors.New(wantMode)
}

// rotatable are the secret types whose rotation is over within minutes, spelled as KMS does.
var rotatable = []string{"ECS", "Rds", "Redis", "PolarDB"}

func parseTypes(value string) ([]string, error) {
	types, err := SplitList(value)
	for i, name := range types {
		if strings.EqualFold(name, "RAMCredentials") {
			return nil, errors.New("RAMCredentials rotate over two days, so no retry can be verified: leave it out")
		}
		known := slices.IndexFunc(rotatable, func(r string) bool { return strings.EqualFold(r, name) })
		if known < 0 {
			return nil, fmt.Errorf("want some of %s, separated by commas", strings.Join(rotatable, ", "))
		}
		types[i] = rotatable[known]
	}
	return types, err
}

func parseRegions(value string) ([]string, error) {
	regions, err := SplitList(value)
	for i, region := range regions {
		if checkRegion(region) != nil {
			return nil, fmt.Errorf("%q is no region id: want such as cn-hangzhou, separated by commas", region)
		}
		// Each region has a budget of its own, so none may count twice.
		if slices.Contains(regions[:i], region) {
			return nil, errors.New("want each region once")
		}
	}
	return regions, err
}

func checkRegion(value string) error { return events.CheckRegion(value) }

func parseEndpoint(value string) (string, error) { return value, alicloud.CheckEndpoint(value) }

func parseNumber(value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a whole number from %d to %d", least, most)
	}
	return n, nil
}

const noLimit time.Duration = 1<<63 - 1

func parseDuration(value string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	switch {
	case err != nil || d < 0:
		return 0, errors.New("want a duration such as 20s, 10m or 6h" + unitFault(value))
	case d < least:
		return 0, fmt.Errorf("want at least %s", Short(least))
	case d > most:
		return 0, fmt.Errorf("want at most %s", Short(most))
	}
	return d, nil
}

func parseInterval(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < time.Minute || time.Hour%d != 0 {
		return 0, errors.New("want a divisor of the hour of at least 1m, such as 5m, 10m or 1h" + unitFault(value))
	}
	return d, nil
}

// unitFault says which unit of a duration is unknown, or that there is none.
func unitFault(value string) string {
	units := strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("0123456789.+-", r) })
	for _, unit := range units {
		if !slices.Contains([]string{"ns", "us", "µs", "μs", "ms", "s", "m", "h"}, unit) {
			return fmt.Sprintf("; %q is no unit, h, m and s are", unit)
		}
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil && len(units) == 0 && strings.Trim(value, "0") != "" {
		return "; the unit is missing"
	}
	return ""
}

func parseBool(value string) (bool, error) {
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("want true or false")
}

// minToken is a length that cannot be guessed, in characters of an address: 24 of them hold 144 bits.
const minToken = 24

const tokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

func parseToken(value string) (Token, error) {
	if len(value) < minToken || strings.Trim(value, tokenCharacters) != "" {
		return "", fmt.Errorf("want at least %d letters, digits and signs of -._~, chosen at random", minToken)
	}
	return Token(value), nil
}

// SplitList takes a list with commas apart.
func SplitList(value string) ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("want at least one, or leave the variable out")
	}
	return list, nil
}
