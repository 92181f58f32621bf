package simulation

// Property is a promise that holds after every step. It is a closed set.
type Property string

const (
	ClaimBeforeCall        Property = "no RotateSecret without a claim that KMS confirmed"
	OneCallPerClaim        Property = "one RotateSecret for each claim, and at most one rotation"
	IDOfItsOwn             Property = "each claim asks for a VersionId of its own"
	SeriesIsBounded        Property = "at most MAX_ATTEMPTS rotations in a series, and none after giving up"
	AttemptsAreKept        Property = "attempts are counted one by one, and taken over"
	ClaimWhenDue           Property = "no claim before the last one is due"
	RotatedSinceIsLeft     Property = "no rotation of a version that was created after every failure"
	RecordNamesTheVersion  Property = "a record names the version that was looked at"
	DoneMeansReplaced      Property = "recovered, and a record that says done, only when another version was seen current"
	RotatedMeansOurs       Property = "rotated only when the version that was asked for was seen current"
	GivesUpLast            Property = "given up only when attempts are spent, or for a cause that only a person can mend"
	RemovedWhenSettled     Property = "a record is removed only once it has settled, by the first tick of an hour, after a day of history"
	SwitchMeansHandsOff    Property = "no write once the switch was seen"
	UnreadableIsNotTouched Property = "a record that cannot be read is never overwritten"
	FailureIsNotLost       Property = "after fair ticks a failure is healed, or given up in a record"
	RecordDoesNotStay      Property = "after fair ticks a healed secret carries no record"
	ComesToRest            Property = "after fair ticks there is an end to it"
	NothingPanics          Property = "nothing panics"
)

// violation is one broken promise.
type violation struct {
	property Property
	detail   string
}
