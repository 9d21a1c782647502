package rest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"

	"todokit/pkg/errs"
)

// MaxBody is the size of the largest body that is read, in bytes, and
// MaxSmallBody that of the largest one that anybody may send.
const (
	MaxBody      = 1 << 20
	MaxSmallBody = 8 << 10
)

const (
	mediaJSON       = "application/json"
	mediaMergePatch = "application/merge-patch+json"
)

// mediaTypes lists what a method's body may be.
func mediaTypes(method string) []string {
	if method == http.MethodPatch {
		return []string{mediaMergePatch, mediaJSON}
	}
	return []string{mediaJSON}
}

// readBody returns the whole body. Returns ErrMediaType, ErrBodyTooLarge
// without having read more than MaxBody, ErrBodyTooSlow if the client is too
// slow, and errs.ErrCancelled or errs.ErrDeadline if it stopped sending.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := checkType(w, r); err != nil {
		return nil, err
	}
	if r.ContentLength > MaxBody {
		return nil, bodyTooLarge(MaxBody)
	}
	body, err := io.ReadAll(http.MaxBytesReader(unwrap(w), r.Body, MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, bodyTooLarge(MaxBody)
	}
	if err != nil {
		return nil, readError(r, err)
	}
	return body, nil
}

// readError distinguishes a client that went away from one that sent nonsense.
func readError(r *http.Request, err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded): // of the connection; net/http ends the context as well
		return ErrBodyTooSlow.Wrap(err)
	case r.Context().Err() != nil:
		return errs.From(r.Context().Err()).Wrap(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errs.ErrCancelled.Wrap(err)
	default:
		return ErrMalformedBody.WithDetail("The body could not be read to its end.").Wrap(err)
	}
}

func checkType(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return malformed("The body is empty.")
	}
	supported := mediaTypes(r.Method)
	refuse := func(detail string, args ...any) error {
		w.Header().Set("Accept", strings.Join(supported, ", "))
		return ErrMediaType.WithDetail(detail, args...)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return refuse("The Content-Encoding of a body must be identity.")
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(supported, media) {
		return refuse("The Content-Type must be %s.", strings.Join(supported, " or "))
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return refuse("The charset must be utf-8.")
	}
	return nil
}

// unwrap returns the server's own writer, which MaxBytesReader needs to have the
// connection closed.
func unwrap(w http.ResponseWriter) http.ResponseWriter {
	for {
		wrapped, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = wrapped.Unwrap()
	}
}

// malformed returns ErrMalformedBody with a sentence about what is wrong.
func malformed(format string, args ...any) error {
	return ErrMalformedBody.WithDetail(format, args...)
}
