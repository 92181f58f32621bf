package standin

// coded is how CloudMonitor says in the body that it did what was asked, beside the HTTP status.
type coded struct {
	head
	Code    string `json:"Code"`
	Message string `json:"Message"`
}

// verdict and textVerdict say it once more: some pages document Success as true or false, others as text.
type (
	verdict struct {
		coded
		Success bool `json:"Success"`
	}
	textVerdict struct {
		coded
		Success string `json:"Success"`
	}
)

func succeeded() coded { return coded{Code: "200", Message: "success"} }

func verdictTrue() verdict { return verdict{succeeded(), true} }

func textVerdictTrue() textVerdict { return textVerdict{succeeded(), "true"} }
