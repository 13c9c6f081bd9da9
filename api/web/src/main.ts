import { mount } from 'svelte'
import App from './App.svelte'
import { start } from './lib/app.svelte'
import { listen, parts } from './lib/router.svelte'
import { pages } from './pages'
import './styles/base.css'

listen()
pages[parts(location.pathname)[0] ?? '']?.().catch(() => {}) // beside the questions about who is here
void start()
mount(App, { target: document.getElementById('app')! })
