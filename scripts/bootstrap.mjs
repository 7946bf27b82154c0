// Starts every command of this repository. Needs nothing but Node and npm: it installs and builds what is missing,
// then hands over to scripts/<command>.ts on the pinned Node. This file must parse on a Node of any age.
var wanted = [20, 9]
var version = process.versions.node.split('.').map(Number)

if (version[0] < wanted[0] || (version[0] === wanted[0] && version[1] < wanted[1])) {
  console.error(
    'Graftwatch needs Node ' +
      wanted.join('.') +
      ' or newer to start, this is ' +
      process.versions.node +
      '. Install a current Node from https://nodejs.org and start again.',
  )
  process.exit(1)
} else {
  import('./bootstrap/main.mjs').then((main) => {
    main.run(process.argv.slice(2))
  })
}
