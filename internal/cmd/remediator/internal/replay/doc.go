// Package replay delivers an event once more, to the built function on this machine.
//
//	file, or event of the history → payload → consent to act → internal/localrun → result
//
// payload.go rebuilds what a rule would have delivered; interrupt.go says after a delivery without an answer whether a
// rotation was requested.
package replay
