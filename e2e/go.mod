module sallyport.dev/sallyport/e2e

go 1.26.0

require sallyport.dev/sallyport v0.0.0-00010101000000-000000000000

require golang.org/x/tools v0.52.0 // indirect

replace sallyport.dev/sallyport => ../
