module github.com/rotation-remediator/rotation-remediator

go 1.26.0
