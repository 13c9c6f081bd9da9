import { mount } from 'svelte'
import './patrol.css'
import { Model } from './model.svelte'
import { codeOf } from './pairing'
import Patrol from './Patrol.svelte'
import { openQueue } from './queue'

const target = document.getElementById('app')!
const VERSION = 'pavement patrol 1'

async function begin(): Promise<void> {
  if (!isSecureContext) {
    tell('このページは安全な接続(https)ではありません', `カメラとGPSは https:// で開いたときだけ使えます。${location.href.replace(/^http:/, 'https:').split('#')[0]} を開くか、事務所に連絡してください。`)
    return
  }
  if (!('indexedDB' in window) || typeof OffscreenCanvas === 'undefined' || !navigator.mediaDevices) {
    tell('このブラウザーでは記録できません', 'Chrome(Android)または Safari 16.4 以降(iPhone)の新しい版で開いてください。')
    return
  }
  if ('serviceWorker' in navigator) void keepOffline()
  const model = new Model(await openQueue(), `${VERSION}; ${navigator.userAgent}`)
  const code = codeOf(location.hash)
  const pairing = location.hash.startsWith('#pair=') ? code : null
  if (pairing !== null) history.replaceState(null, '', '/patrol')
  mount(Patrol, { target, props: { model, pairing } })
  await model.open()
}

async function keepOffline(): Promise<void> {
  try {
    const registration = await navigator.serviceWorker.register('/patrol-sw.js', { type: 'module', scope: '/patrol' })
    const worker = (await navigator.serviceWorker.ready).active ?? registration.active
    worker?.postMessage('refresh')
  } catch (error) {
    console.warn('offline use is not possible:', error)
  }
}

function tell(title: string, words: string): void {
  const box = document.createElement('main')
  box.className = 'only-words'
  const [heading, text] = [document.createElement('h1'), document.createElement('p')]
  heading.textContent = title
  text.textContent = words
  box.append(heading, text)
  box.setAttribute('role', 'alert')
  target.replaceChildren(box)
}

void begin().catch((error: unknown) => tell('始められません', `ページを読み込み直してください。${String(error)}`))
