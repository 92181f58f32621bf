// Command bench measures what README states of the built function: the time to its first answer and to the end of a whole
// remediation, beside a handler that does nothing, its memory, its size, and the calls that it makes.
//
//	no-op, first answer, remediation, no-op, … (a fresh process each) → the best of each → name=value
//
// A process is started directly, and polls a runtime API that is served here: between its exec and its first request there
// is nothing but the process. `make bench` runs it. Times of one machine mean little on another; the ratios of the best,
// taken in turn in one run, and the milliseconds above the no-op do.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
)

func main() {
	binary := flag.String("binary", "target/main", "the built function")
	runs := flag.Int("runs", 25, "fresh processes of each kind")
	flag.Parse()
	if flag.NArg() > 0 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "bench: want no arguments but flags, and at least one run")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, *binary, *runs, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, binary string, runs int, out io.Writer) error {
	noop, remove, err := buildNoop(ctx)
	if err != nil {
		return fmt.Errorf("building the no-op handler: %w", err)
	}
	defer remove()
	m, err := measure(ctx, noop, binary, runs)
	if err != nil {
		return err
	}
	size, err := zipSize(binary)
	if err != nil {
		return fmt.Errorf("zipping the folder of the function: %w", err)
	}
	fmt.Fprintf(out, "cpus=%d\n", runtime.NumCPU())
	fmt.Fprintf(out, "runs=%d\n", runs)
	fmt.Fprintf(out, "noop_ms=%.2f\n", milliseconds(best(m.noop)))
	fmt.Fprintf(out, "first_answer_ms=%.2f\n", milliseconds(best(m.firstAnswer)))
	fmt.Fprintf(out, "first_answer_above_noop_ms=%.2f\n", above(m.firstAnswer, m.noop))
	fmt.Fprintf(out, "first_answer_ratio=%.2f\n", ratio(m.firstAnswer, m.noop))
	fmt.Fprintf(out, "remediation_ms=%.2f\n", milliseconds(best(m.remediation)))
	fmt.Fprintf(out, "remediation_above_noop_ms=%.2f\n", above(m.remediation, m.noop))
	fmt.Fprintf(out, "remediation_ratio=%.2f\n", ratio(m.remediation, m.noop))
	fmt.Fprintf(out, "remediation_calls=%d\n", m.calls)
	fmt.Fprintf(out, "peak_memory_mib=%.1f\n", float64(m.peak)/(1<<20))
	fmt.Fprintf(out, "zip_mb=%.2f\n", float64(size)/1e6)
	return nil
}
