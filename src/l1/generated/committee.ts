// Generated from contracts/ by scripts/contracts/generate.ts: run npm run generate, don't edit.
export const committeeAbi = [
  {
    "type": "constructor",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "shards_",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "acceptOwnership",
    "inputs": [],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "committeeRoot",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "currentEpoch",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "disperserQuota",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "owner",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "pendingOwner",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "registrationChangedAt",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "renounceOwnership",
    "inputs": [],
    "outputs": [],
    "stateMutability": "pure"
  },
  {
    "type": "function",
    "name": "retiredAt",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "setDisperser",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "internalType": "uint64"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "shards",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint8",
        "internalType": "uint8"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "startEpoch",
    "inputs": [
      {
        "name": "members",
        "type": "tuple[]",
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "endpoints",
        "type": "string[]",
        "internalType": "string[]"
      }
    ],
    "outputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "transferOwnership",
    "inputs": [
      {
        "name": "newOwner",
        "type": "address",
        "internalType": "address"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "event",
    "name": "DisperserSet",
    "inputs": [
      {
        "name": "disperser",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "quotaBytes",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "EpochStarted",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "indexed": true,
        "internalType": "uint32"
      },
      {
        "name": "seed",
        "type": "bytes32",
        "indexed": false,
        "internalType": "bytes32"
      },
      {
        "name": "members",
        "type": "tuple[]",
        "indexed": false,
        "internalType": "struct Member[]",
        "components": [
          {
            "name": "signer",
            "type": "address",
            "internalType": "address"
          },
          {
            "name": "shards",
            "type": "uint256",
            "internalType": "uint256"
          }
        ]
      },
      {
        "name": "endpoints",
        "type": "string[]",
        "indexed": false,
        "internalType": "string[]"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnershipTransferStarted",
    "inputs": [
      {
        "name": "previousOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "newOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "OwnershipTransferred",
    "inputs": [
      {
        "name": "previousOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      },
      {
        "name": "newOwner",
        "type": "address",
        "indexed": true,
        "internalType": "address"
      }
    ],
    "anonymous": false
  },
  {
    "type": "error",
    "name": "DisperserZero",
    "inputs": []
  },
  {
    "type": "error",
    "name": "EndpointLengthInvalid",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "length",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "EndpointsMismatch",
    "inputs": [
      {
        "name": "members",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "endpoints",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "MemberWithoutShards",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnableInvalidOwner",
    "inputs": [
      {
        "name": "owner",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnableUnauthorizedAccount",
    "inputs": [
      {
        "name": "account",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "OwnershipNotRenounceable",
    "inputs": []
  },
  {
    "type": "error",
    "name": "ShardsHeldTwice",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "shared",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "ShardsIncomplete",
    "inputs": [
      {
        "name": "expected",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "ShardsOutOfRange",
    "inputs": [
      {
        "name": "shards",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "SignerNotAscending",
    "inputs": [
      {
        "name": "index",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "signer",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "previous",
        "type": "address",
        "internalType": "address"
      }
    ]
  }
] as const

export const committeeBytecode = '0x60a03461011757601f610efc38819003918201601f19168301916001600160401b0383118484101761011b5780849260409485528339810103126101175780516001600160a01b0381169190829003610117576020015160ff811680820361011757821561010457600180546001600160a01b03199081169091555f80549182168517815560405194916001600160a01b0316907f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e09080a36004811015806100f9575b156100e75750608052610dcc9081610130823960805181818161034d0152610b770152f35b635496efad60e01b5f5260045260245ffd5b5060ff8111156100c2565b631e4fbdf760e01b5f525f60045260245ffd5b5f80fd5b634e487b7160e01b5f52604160045260245ffdfe6080806040526004361015610012575f80fd5b5f3560e01c908162d67cf214610c6f5750806335eb6b8314610c2057806344d2597214610b9b5780636d53ae1e14610b5e57806370b5924914610a29578063715018a6146109f157806376671808146109cb57806379ba5097146108e357806385a885d1146108ab5780638da5cb5b14610879578063b1f7501614610180578063e30c39781461014d5763f2fde38b146100aa575f80fd5b346101495760206003193601126101495773ffffffffffffffffffffffffffffffffffffffff6100d8610cbd565b6100e0610d8b565b16807fffffffffffffffffffffffff0000000000000000000000000000000000000000600154161760015573ffffffffffffffffffffffffffffffffffffffff5f54167f38d16b8cac22d99fc7c124b9cd0de2d3fa1faef420bfe791d8c362d765e227005f80a3005b5f80fd5b34610149575f60031936011261014957602073ffffffffffffffffffffffffffffffffffffffff60015416604051908152f35b346101495760406003193601126101495760043567ffffffffffffffff8111610149573660238201121561014957806004013567ffffffffffffffff811161014957602482019060248160061b840101923684116101495760243567ffffffffffffffff811161014957366023820112156101495780600401359067ffffffffffffffff8211610149578160051b90366024838301011161014957610226969496610d8b565b5f945f975f965b81881015610344578760061b870173ffffffffffffffffffffffffffffffffffffffff60248201928161025f85610dab565b91169182911611156102f25750604401359081156102c6578a82168061029757509061028c600192610dab565b9a179701969861022d565b897fefbc5e9a000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b887f69e0dfd6000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b73ffffffffffffffffffffffffffffffffffffffff8a61031185610dab565b907fab9b985d000000000000000000000000000000000000000000000000000000005f526004521660245260445260645ffd5b508789600160ff7f0000000000000000000000000000000000000000000000000000000000000000161b7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff81019081116107ee5780820361084b57505081860361081b575f959495947fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffbd85360301955b818110156104615760248160051b870101358781121561014957860160248101359067ffffffffffffffff82116101495760448236039101136101495780158015610456575b61042757506001016103d4565b907fcef36703000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b50610100811161041a565b5086869394956001549563ffffffff8760a01c1663ffffffff81146107ee57600101967fffffffffffffffff00000000ffffffffffffffffffffffffffffffffffffffff77ffffffff000000000000000000000000000000000000000063ffffffff8a169960a01b169116176001557fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff43014381116107ee5795949195939293409760405161050f81610d01565b8981526040519161052660208560051b0184610d4a565b8383528490602084015b8183106107a857505050602081019182526040519060208201926020845260808301915160408401525190604060608401528151809152602060a084019201905f5b81811061077057505050816105ad91037fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe08101835282610d4a565b519020875f52600260205260405f2055865f52600360205260405f2067ffffffffffffffff804216167fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000825416179055806040519860608a01908a52606060208b0152526080880191905f5b8181106107255750505086810360408801528181526020808201938201019460248101945f925b84841061067957602089807f5dafab85d0c1f37781e4ad72e9ed78cb4c0588f632e80ea9f471bfdc1938b5ff8d8c038ea2604051908152f35b909192939495967fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0828203018752873583811215610149578401906044602483013592019167ffffffffffffffff8111610149578036038313610149576020827fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0601f8480600198869897879852868601375f8482018601520116010199019701959401929190610640565b909195969260408060019273ffffffffffffffffffffffffffffffffffffffff6107518b9a999a610ce0565b16815260208a8101359082015295999896979695019401929101610619565b8251805173ffffffffffffffffffffffffffffffffffffffff1685526020908101518186015260409094019390920191600101610572565b6040839b979a9b99989936031261014957602060409182516107c981610d01565b6107d286610ce0565b8152828601358382015281520192019199989599979697610530565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b85827f48e27623000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b7f669be046000000000000000000000000000000000000000000000000000000005f5260045260245260445ffd5b34610149575f60031936011261014957602073ffffffffffffffffffffffffffffffffffffffff5f5416604051908152f35b346101495760206003193601126101495760043563ffffffff8116809103610149575f526002602052602060405f2054604051908152f35b34610149575f600319360112610149576001543373ffffffffffffffffffffffffffffffffffffffff82160361099f577fffffffffffffffffffffffff0000000000000000000000000000000000000000166001555f54337fffffffffffffffffffffffff00000000000000000000000000000000000000008216175f5573ffffffffffffffffffffffffffffffffffffffff3391167f8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e05f80a3005b7f118cdaa7000000000000000000000000000000000000000000000000000000005f523360045260245ffd5b34610149575f60031936011261014957602063ffffffff60015460a01c16604051908152f35b34610149575f600319360112610149577f162a7846000000000000000000000000000000000000000000000000000000005f5260045ffd5b3461014957604060031936011261014957610a42610cbd565b6024359067ffffffffffffffff82168092036101495773ffffffffffffffffffffffffffffffffffffffff90610a76610d8b565b16908115610b365760207f6bad1b1447188a90a56dd1731f87035f5e02a90fab2261b0007e8b89ac988e4b91835f526004825260405f208054821567ffffffffffffffff82161503610af5575b50817fffffffffffffffffffffffffffffffffffffffffffffffff0000000000000000825416179055604051908152a2005b7fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff164260401b6fffffffffffffffff00000000000000001617815585610ac3565b7f1e6f5659000000000000000000000000000000000000000000000000000000005f5260045ffd5b34610149575f60031936011261014957602060405160ff7f0000000000000000000000000000000000000000000000000000000000000000168152f35b346101495760206003193601126101495760043563ffffffff81168091036101495780158015610c13575b15610be2575060205f5b67ffffffffffffffff60405191168152f35b60020163ffffffff81116107ee5763ffffffff165f526003602052602067ffffffffffffffff60405f205416610bd0565b5063fffffffd8111610bc6565b346101495760206003193601126101495773ffffffffffffffffffffffffffffffffffffffff610c4e610cbd565b165f526004602052602067ffffffffffffffff60405f205416604051908152f35b346101495760206003193601126101495760209073ffffffffffffffffffffffffffffffffffffffff610ca0610cbd565b165f526004825267ffffffffffffffff60405f205460401c168152f35b6004359073ffffffffffffffffffffffffffffffffffffffff8216820361014957565b359073ffffffffffffffffffffffffffffffffffffffff8216820361014957565b6040810190811067ffffffffffffffff821117610d1d57604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff821117610d1d57604052565b73ffffffffffffffffffffffffffffffffffffffff5f5416330361099f57565b3573ffffffffffffffffffffffffffffffffffffffff81168103610149579056' as const
