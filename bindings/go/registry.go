//go:build cgo

package cardwire

import "sync"

// A registry holds objects that the library knows by their numbers, from 1: its callbacks are handed these. A
// runtime/cgo.Handle would panic where a callback comes after its object was taken out, as one may on another thread
// while an observer closes its client.
type registry[T any] struct {
	mutex   sync.Mutex
	last    uintptr
	objects map[uintptr]T
}

func (r *registry[T]) add(object T) uintptr {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.objects == nil {
		r.objects = make(map[uintptr]T)
	}
	r.last++
	r.objects[r.last] = object
	return r.last
}

func (r *registry[T]) get(number uintptr) (T, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	object, ok := r.objects[number]
	return object, ok
}

// take returns the object of a number and forgets it.
func (r *registry[T]) take(number uintptr) (T, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	object, ok := r.objects[number]
	delete(r.objects, number)
	return object, ok
}

func (r *registry[T]) count() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return len(r.objects)
}
