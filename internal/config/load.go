package config

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Load reads the environment, in which an empty variable counts as unset. Its error is one line with each wrong setting:
// the variable that was set, its value, and what would be right. Beside an error the Settings hold the defaults in place
// of the wrong values, for a report only: nothing may act on them.
func Load(environ []string) (Settings, error) {
	l := loader{set: toMap(environ), wrong: map[string]bool{}}
	for _, setting := range Table {
		l.read(setting)
	}
	for _, setting := range platform {
		l.read(setting)
	}
	if len(l.settings.Regions) == 0 && l.settings.FunctionRegion != "" {
		l.settings.Regions = []string{l.settings.FunctionRegion}
	}
	l.compare()
	if len(l.refusals) > 0 {
		return l.settings, errors.New(strings.Join(l.refusals, "; "))
	}
	return l.settings, nil
}

// loader is one reading of the environment.
type loader struct {
	set      map[string]string
	settings Settings
	wrong    map[string]bool // names of the variables that are refused
	refusals []string
}

func toMap(environ []string) map[string]string {
	set := make(map[string]string, len(environ))
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		set[name] = value
	}
	return set
}

func (l *loader) read(setting Setting) {
	if setting.Default != "" {
		_ = setting.parse(&l.settings, setting.Default) // a test parses each
	}
	value := l.set[setting.Name]
	switch {
	case value != "":
		parsed := l.settings
		if err := setting.parse(&parsed, value); err != nil {
			l.refuse(setting.Name, err.Error())
			return
		}
		l.settings = parsed
	case setting.Name == ModeVariable:
		l.refuse(setting.Name, wantMode+": there is no default, so that nothing rotates by accident")
	}
}

// compare refuses what two variables say together, unless one of them is refused already.
func (l *loader) compare() {
	s := l.settings
	if s.BackoffMax < s.Backoff && !l.wrong[backoffVariable] && !l.wrong[backoffMaxVariable] {
		l.refuseBackoff()
	}
	if len(s.Regions) > 1 {
		l.wantRegionIn(kmsVariable, s.KMSEndpoint)
		l.wantRegionIn(monitorVariable, s.CloudMonitorEndpoint)
	}
}

// refuseBackoff names the variable that a person set; if both are set, the cap.
func (l *loader) refuseBackoff() {
	if l.set[backoffMaxVariable] == "" {
		l.refuse(backoffVariable, "want at most "+backoffMaxVariable+", whose default is "+Short(l.settings.BackoffMax))
		return
	}
	l.refuse(backoffMaxVariable, "want at least "+backoffVariable+", which is "+Short(l.settings.Backoff))
}

func (l *loader) wantRegionIn(name, endpoint string) {
	if !strings.Contains(endpoint, "{region}") {
		l.refuse(name, "want {region} in it, since "+regionsVariable+" names several")
	}
}

// refuse repeats the value, unless it is a secret.
func (l *loader) refuse(name, want string) {
	l.wrong[name] = true
	if name == TokenVariable {
		l.refusals = append(l.refusals, fmt.Sprintf("%s, whose value is not shown: %s", name, want))
		return
	}
	value := l.set[name]
	if name == kmsVariable || name == monitorVariable {
		value = withoutPassword(value)
	}
	l.refusals = append(l.refusals, fmt.Sprintf("%s=%q: %s", name, value, want))
}

// withoutPassword leaves out what an address may hold beside a host: the user in front of it, and its parameters.
func withoutPassword(address string) string {
	if end := strings.IndexByte(address, '?') + 1; end > 0 {
		address = address[:end] + "…"
	}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, _, found := strings.Cut(address[:at], "://")
		if address = "…" + address[at:]; found {
			address = scheme + "://" + address
		}
	}
	return address
}

// Short writes 6h and not 6h0m0s.
func Short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
