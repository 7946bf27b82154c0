export default async function HostPage() {
  return <h1>host</h1>
}
