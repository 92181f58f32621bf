package storm

import (
	"fmt"
	"strings"
	"time"
)

// The plot, in pixels.
const (
	plotWidth, plotHeight = 760, 360
	plotLeft, plotTop     = 56, 16
	plotRight, plotBottom = 130, 40
	plotSteps             = 160 // points of each line
)

// svg draws a drain: how many are open, healed and given up, and how many would be healed with each call that the quota
// of KMS allows.
func (s storm) svg() string {
	end := s.drained
	if n := len(s.givenUpAt); n > 0 {
		end = max(end, s.givenUpAt[n-1])
	}
	p := panel{end: end.Round(time.Hour) + time.Hour, top: s.secrets}
	p.frame()
	healed := float64(len(s.healedAt))
	p.line("quota", "quota's best", func(at time.Duration) float64 {
		return min(healed, quota*at.Hours()*healed/float64(s.rotations)) // some need more than one rotation
	})
	p.line("healed", "healed", func(at time.Duration) float64 { return until(s.healedAt, at) })
	p.line("up", "given up", func(at time.Duration) float64 { return until(s.givenUpAt, at) })
	p.line("open", "open", func(at time.Duration) float64 {
		return float64(s.secrets) - until(s.healedAt, at) - until(s.givenUpAt, at)
	})
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui,sans-serif" font-size="12" role="img">
<title>%d secrets fail within a minute, and drain at the pace of the quota</title>
<style>
text{fill:#57606a}.grid{stroke:#8c959f;stroke-opacity:.35}path{fill:none;stroke-width:2}
.quota{stroke:#8c959f;stroke-dasharray:6 4}.healed{stroke:#1a7f37}.open{stroke:#bc4c00}.up{stroke:#8250df}
@media(prefers-color-scheme:dark){text{fill:#9198a1}.healed{stroke:#3fb950}.open{stroke:#f0883e}.up{stroke:#a371f7}}
</style>
%s</svg>
`, plotWidth, plotHeight, s.secrets, p.body.String())
}

// until counts the moments up to one.
func until(moments []time.Duration, at time.Duration) float64 {
	n := 0
	for n < len(moments) && moments[n] <= at {
		n++
	}
	return float64(n)
}

type panel struct {
	body   strings.Builder
	end    time.Duration
	top    int
	legend int
}

func (p *panel) x(at time.Duration) float64 {
	return plotLeft + float64(plotWidth-plotLeft-plotRight)*at.Seconds()/p.end.Seconds()
}

func (p *panel) y(n float64) float64 {
	return plotHeight - plotBottom - (plotHeight-plotTop-plotBottom)*n/float64(p.top)
}

// frame draws the grid with its numbers.
func (p *panel) frame() {
	for i := range 5 {
		n := float64(p.top) * float64(i) / 4
		fmt.Fprintf(&p.body, "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
			plotLeft, p.y(n), plotWidth-plotRight, plotLeft-8, p.y(n)+4, n)
	}
	step := p.step()
	for at := time.Duration(0); at <= p.end; at += step {
		fmt.Fprintf(&p.body, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f h</text>\n", p.x(at), plotHeight-plotBottom+18, at.Hours())
	}
	fmt.Fprintf(&p.body, "<text x=\"%d\" y=\"%d\">hours after the first failure, and how many secrets are open, healed or given up</text>\n", plotLeft, plotHeight-4)
}

// step is how far apart the hours are that are named.
func (p *panel) step() time.Duration {
	for _, hours := range []time.Duration{1, 2, 3, 6, 12} {
		if p.end <= 10*hours*time.Hour {
			return hours * time.Hour
		}
	}
	return 24 * time.Hour
}

// line draws a line, and names it beside the panel.
func (p *panel) line(class, name string, value func(time.Duration) float64) {
	var d strings.Builder
	for i := range plotSteps + 1 {
		at := p.end * time.Duration(i) / plotSteps
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], p.x(at), p.y(value(at)))
	}
	y := plotTop + 16 + 20*p.legend
	p.legend++
	x := plotWidth - plotRight + 12
	fmt.Fprintf(&p.body, "<path class=\"%s\" d=\"%s\"/><path class=\"%s\" d=\"M%d %dh20\"/><text x=\"%d\" y=\"%d\">%s</text>\n",
		class, d.String(), class, x, y-4, x+26, y, name)
}
