import type { CauseDetail } from '@graftwatch/contract'

type Trait = CauseDetail['shared'][number]

/** What of a host may tell why it is held. `labels` are tokens as host.labels holds them. */
export interface TraitsOfHost {
  labels: readonly string[]
  kernel: string | null
  os: string | null
}

const mostShown = 10
/** Fewer hosts or peers agree by chance. */
const leastCompared = 3
const separator = '\u0000'

function traitsOf({ labels, kernel, os }: TraitsOfHost): string[] {
  return [
    ...labels.filter((token) => token.includes('=')).map((token) => `label${separator}${token}`),
    ...(kernel === null ? [] : [`kernel${separator}${kernel}`]),
    ...(os === null ? [] : [`os${separator}${os}`]),
  ]
}

function countTraits(hosts: readonly TraitsOfHost[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const trait of hosts.flatMap((host) => [...new Set(traitsOf(host))]))
    counts.set(trait, (counts.get(trait) ?? 0) + 1)
  return counts
}

/**
 * Labels, kernels and systems that at least four in five of the held hosts have, and of the peers at most half as large a share:
 * largest difference of the shares first, at most 10. Empty below 3 hosts on either side. Never throws.
 */
export function sharedTraits(held: readonly TraitsOfHost[], peers: readonly TraitsOfHost[]): Trait[] {
  if (held.length < leastCompared || peers.length < leastCompared) return []
  const ofPeers = countTraits(peers)
  const shares = [...countTraits(held)].map(([trait, n]) => {
    const peersWithIt = ofPeers.get(trait) ?? 0
    return { trait, n, peersWithIt, share: n / held.length, peerShare: peersWithIt / peers.length }
  })
  return shares
    .filter(({ n, share, peerShare }) => n * 5 >= held.length * 4 && peerShare <= share / 2)
    .sort((a, b) => b.share - b.peerShare - (a.share - a.peerShare) || (a.trait < b.trait ? -1 : 1))
    .slice(0, mostShown)
    .map(({ trait, n, peersWithIt }) => {
      const [kind, value] = trait.split(separator) as [Trait['kind'], string]
      return { kind, value, held: n, peers: peersWithIt }
    })
}
