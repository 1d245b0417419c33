// Package authorize is the guard that compares what a caller may do, its
// scopes and roles, with what a route needs for the method.
//
// HEAD is judged as GET where it is not named itself, since a server answers
// it with what GET would have told. A method that a "by method" requirement
// does not name is refused: nobody said what it needs.
package authorize
