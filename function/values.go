package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/rotation-remediator/rotation-remediator/events"
	"github.com/rotation-remediator/rotation-remediator/internal/alicloud"
	"github.com/rotation-remediator/rotation-remediator/remediation"
)

// Each type of value reads itself, and its error says what would be right.

type mode string

const (
	act     mode = "act"
	observe mode = "observe"
)

func (m *mode) UnmarshalText(text []byte) error {
	*m = mode(text)
	if *m != act && *m != observe {
		return errors.New("want act or observe")
	}
	return nil
}

type types []string

// rotatable are the secret types whose rotation is over within minutes, spelled as KMS does.
var rotatable = []string{"ECS", "Rds", "Redis", "PolarDB"}

func (t *types) UnmarshalText(text []byte) error {
	*t = splitList(text)
	for i, name := range *t {
		if strings.EqualFold(name, "RAMCredentials") {
			return errors.New("RAMCredentials rotate over two days, so no retry can be proved: leave it out")
		}
		known := slices.IndexFunc(rotatable, func(r string) bool { return strings.EqualFold(r, name) })
		if known < 0 {
			return fmt.Errorf("want some of %s, separated by commas", strings.Join(rotatable, ", "))
		}
		(*t)[i] = rotatable[known]
	}
	return wantSome(*t)
}

type patterns []string

func (p *patterns) UnmarshalText(text []byte) error {
	*p = splitList(text)
	for _, pattern := range *p {
		if !doublestar.ValidatePattern(pattern) {
			return fmt.Errorf("pattern %q cannot be read: want globs such as acs/ecs/web-*, separated by commas, so without {a,b}", pattern)
		}
	}
	return wantSome(*p)
}

type regions []string

func (r *regions) UnmarshalText(text []byte) error {
	*r = splitList(text)
	for _, region := range *r {
		if err := events.CheckRegion(region); err != nil {
			return fmt.Errorf("%w: want region ids such as cn-hangzhou, separated by commas", err)
		}
	}
	// Each region has a share of the quota, so none may count twice.
	sorted := slices.Sorted(slices.Values(*r))
	if len(slices.Compact(sorted)) < len(*r) {
		return errors.New("want each region once")
	}
	return wantSome(*r)
}

type oneRegion string

func (r *oneRegion) UnmarshalText(text []byte) error {
	*r = oneRegion(text)
	return events.CheckRegion(string(text))
}

type attempts int

func (a *attempts) UnmarshalText(text []byte) error {
	n, err := wholeNumber(text, 1, remediation.MaxAttemptsLimit)
	*a = attempts(n)
	return err
}

type perHour int

// maxPerHour is the quota of RotateSecret for an account in a region, which cannot be raised.
// https://www.alibabacloud.com/help/en/kms/key-management-service/product-overview/performance-data
const maxPerHour = 50

func (p *perHour) UnmarshalText(text []byte) error {
	n, err := wholeNumber(text, 1, maxPerHour)
	*p = perHour(n)
	return err
}

type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < 0 {
		return errors.New("want a duration such as 20s, 10m or 6h")
	}
	*d = duration(parsed)
	return nil
}

type interval time.Duration

func (i *interval) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed < time.Minute || time.Hour%parsed != 0 {
		return errors.New("want a divisor of the hour of at least 1m, such as 5m, 10m or 1h")
	}
	*i = interval(parsed)
	return nil
}

type endpoint string

func (e *endpoint) UnmarshalText(text []byte) error {
	*e = endpoint(text)
	return alicloud.CheckEndpoint(string(text))
}

// token is a shared secret, which must not be printed.
type token string

// minToken is the length that cannot be guessed, in characters of the address: 24 of them hold 144 bits.
const minToken = 24

const inAddress = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

func (t *token) UnmarshalText(text []byte) error {
	*t = token(text)
	if len(text) < minToken || strings.Trim(string(text), inAddress) != "" {
		return fmt.Errorf("want at least %d letters, digits and signs of -._~, chosen at random", minToken)
	}
	return nil
}

// String and GoString keep a token out of whatever prints the settings.
func (t token) String() string   { return "(not shown)" }
func (t token) GoString() string { return t.String() }

type yesNo bool

func (y *yesNo) UnmarshalText(text []byte) error {
	switch string(text) {
	case "true":
		*y = true
	case "false":
		*y = false
	default:
		return errors.New("want true or false")
	}
	return nil
}

func splitList(text []byte) []string {
	var list []string
	for item := range strings.SplitSeq(string(text), ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

func wantSome(list []string) error {
	if len(list) == 0 {
		return errors.New("want at least one, or leave the variable out")
	}
	return nil
}

func wholeNumber(text []byte, least, most int) (int, error) {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a whole number from %d to %d", least, most)
	}
	return n, nil
}
