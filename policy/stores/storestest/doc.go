// Package storestest is a Redis behind webdis that tests of limits ask: a real
// interpreter of the script, by a clock that the test sets. Only tests import
// it.
package storestest
